# Written by tools/compile_catalogue.py.
from ctxopt.catalogue.carried import Carried
from ctxopt.catalogue.carried import Kind
from ctxopt.catalogue.carried import Leftover

VALUE = Carried(
 debuggers=('gdb', 'gdbserver', 'lldb', 'strace', 'ltrace', 'valgrind', 'delve', 'dlv', 'rr'),
 kind=(
  Kind(
   what='the history of git',
   directories=('.git',),
   always=True,
  ),
  Kind(
   what='tests',
   directories=('test', 'tests', '__tests__', 'spec', 'specs', 'e2e', 'cypress', 'testdata', '__mocks__'),
   files=('*_test.go', '*.test.js', '*.test.ts', '*.test.tsx', '*.spec.ts', '*.spec.js', '*.spec.tsx'),
  ),
  Kind(
   what='Go sources',
   files=('*.go',),
   compiled_by=('go build', 'go install'),
  ),
  Kind(
   what='Rust sources',
   files=('*.rs',),
   compiled_by=('cargo build', 'cargo install'),
  ),
  Kind(
   what='Java and Kotlin sources',
   files=('*.java', '*.kt', '*.scala'),
   compiled_by=('mvn *', 'mvnw *', 'gradle *', 'gradlew *', 'javac', 'sbt'),
  ),
  Kind(
   what='C# and F# sources',
   files=('*.cs', '*.fs', '*.vb'),
   compiled_by=('dotnet publish', 'dotnet build'),
  ),
  Kind(
   what='C and C++ sources',
   files=('*.c', '*.cc', '*.cpp', '*.cxx', '*.h', '*.hpp'),
   compiled_by=('make', 'cmake --build', 'gcc', 'g++', 'cc', 'ninja'),
  ),
 ),
 leftover=(
  Leftover(
   made_by=('next build',),
   path='.next/cache',
  ),
  Leftover(
   made_by=('react-scripts build', 'vue-cli-service build', 'craco build', 'gatsby build'),
   path='node_modules/.cache',
  ),
  Leftover(
   made_by=('nuxt build',),
   path='node_modules/.cache',
  ),
  Leftover(
   made_by=('ng build',),
   path='.angular/cache',
  ),
 ),
)
