# Written by tools/compile_catalogue.py.
from ctxopt.catalogue.absent_names import AbsentNames

VALUE = AbsentNames(
 names='*.swp *.swo *.sw *.log *.pid *.pid.lock *.seed *.db *.sqlite *.sqlite3 *.sqlite3-journal *.bak *.tmp *.tgz *.exe *.dll *.dylib *.so\n*.test *.out *.class *.jar *.war *.ear hs_err_pid* go.work\nenv logs log pids tmp .gitignore .pipenv lib-cov .lock-wscript .grunt .fusebox .dynamodb .tern-port .temp .npm *.tsbuildinfo\n.node_repl_history .serverless jspm_packages web_modules bower_components\ndocker-compose docker-compose* compose compose* Dockerfile Dockerfile* .toolstarget *.dbmdl *.jfm charts azds.yaml obj bin\nsecrets.dev.yaml values.dev.yaml .classpath .project .settings LICENSE README.md\n*.pyd .Python develop-eggs downloads eggs .eggs lib lib64 parts sdist var wheels share/python-wheels *.egg .installed.cfg MANIFEST\n*.manifest *.spec pip-log.txt pip-delete-this-directory.txt *.cover *.mo *.pot local_settings.py db.sqlite3 instance .webassets-cache\n.scrapy _build site celerybeat-schedule celerybeat-schedule.* celerybeat.pid *.sage.py .spyderproject .spyproject .ropeproject\ndmypy.json cython_debug profile_default ipython_config.py __pypackages__ .pyre .pytype ENV env.bak venv.bak\n.bundle .byebug_history .kamal deploy*.yml .devcontainer storage .rspec_status capybara-*.html\n.phpunit.result.cache .phpunit.cache Homestead.json Homestead.yaml auth.json hot\n',
 starts=('private', 'local_', 'my_'),
 scripts=(
  'Makefile',
  'makefile',
  'GNUmakefile',
  '*.mk',
  'justfile',
  'Justfile',
  'Taskfile.yml',
  'Taskfile.yaml',
  'Rakefile',
  '*.sh',
  '*.bash',
  '*.ps1',
  '*.bat',
  'package.json',
  'composer.json',
  'tox.ini',
  'noxfile.py',
  '.gitmodules',
 ),
 directories=('bin', 'script', 'scripts', 'tools', 'hack', 'ci', 'deploy', 'dev'),
)
