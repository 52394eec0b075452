# Written by tools/compile_catalogue.py.
from ctxopt.catalogue.changing import Changing
from ctxopt.catalogue.changing import ChangingNames

VALUE = ChangingNames(
 still=(
  'node_modules',
  'vendor',
  'site-packages',
  '.venv',
  'venv',
  'testdata',
  'fixtures',
  'test',
  'tests',
  'spec',
  '__tests__',
  'docs',
  'examples',
 ),
 written_in=('log', 'logs'),
 written_beside=(
  'package.json',
  'pyproject.toml',
  'requirements.txt',
  'manage.py',
  'composer.json',
  'Gemfile',
  'go.mod',
  'Cargo.toml',
  'pom.xml',
  'build.gradle',
  'build.gradle.kts',
  'mix.exs',
 ),
 changing=(
  Changing(
   names=('.git', '.hg', '.svn'),
   when='commit',
   directory=True,
   history=True,
  ),
  Changing(
   names=('coverage',),
   when='test run',
   directory=True,
   proof=('lcov.info', 'lcov-report', 'index.html', 'coverage-final.json', 'clover.xml', 'coverage.xml'),
  ),
  Changing(
   names=('htmlcov', '.nyc_output', 'allure-results', '.pytest_cache'),
   when='test run',
   directory=True,
  ),
  Changing(
   names=('test-results', 'playwright-report'),
   when='test run',
   directory=True,
   settings=('playwright.config.*', 'playwright-ct.config.*'),
  ),
  Changing(
   names=('*.log',),
   when='start of the program',
   started=True,
  ),
  Changing(
   names=('.coverage', 'coverage.xml', 'lcov.info', 'junit.xml'),
   when='test run',
  ),
  Changing(
   names=(
    '*.tsbuildinfo',
    'build-info.json',
    'build_info.json',
    'buildinfo.txt',
    'build-date.txt',
    'build_date.txt',
    'build-timestamp',
    'BUILD_TIMESTAMP',
    '.build-stamp',
    '.last-build',
   ),
   when='build',
  ),
  Changing(
   names=('git-revision.txt', 'REVISION'),
   when='commit',
  ),
 ),
)
