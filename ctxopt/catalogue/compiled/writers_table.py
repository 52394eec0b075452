# Written by tools/compile_catalogue.py.
from ctxopt.catalogue.writers import Writer

VALUE = (
 Writer(
  commands=('git clone', 'svn checkout', 'svn co', 'svn export'),
  values=(
   '-b',
   '--branch',
   '--depth',
   '-c',
   '--config',
   '-o',
   '--origin',
   '-j',
   '--jobs',
   '--reference',
   '--filter',
   '--shallow-since',
   '-r',
   '--username',
   '--password',
  ),
  operand=1,
  named=True,
 ),
 Writer(
  commands=(
   'python -m venv',
   'python3 -m venv',
   'virtualenv',
   'python -m virtualenv',
   'python3 -m virtualenv',
   'uv venv',
  ),
  values=('-p', '--python', '--prompt'),
  operand=0,
 ),
 Writer(
  commands=('pip wheel', 'pip[0-9]* wheel', 'python* -m pip wheel'),
  options=('-w', '--wheel-dir'),
 ),
 Writer(
  commands=('pip download', 'pip[0-9]* download', 'python* -m pip download'),
  options=('-d', '--dest'),
 ),
 Writer(
  commands=('tar',),
  options=('-C', '--directory'),
  unpacks=True,
 ),
 Writer(
  commands=('unzip',),
  options=('-d',),
  unpacks=True,
 ),
 Writer(
  commands=('7z x', '7za x', '7zr x'),
  options=('-o',),
  unpacks=True,
 ),
)
