# Written by tools/compile_catalogue.py.
from ctxopt.catalogue.installs import Caution

VALUE = (
 Caution(
  texts=('"@prisma/client"',),
  says='depends on @prisma/client, which reads a schema when it is installed',
 ),
 Caution(
  texts=(
   '"file:',
   '"link:',
   '"portal:',
   'file:',
   './',
   'path =',
   'path=',
   'path:',
   'path ',
   '"path"',
   '-e ',
   '--editable',
   'editable',
  ),
  says='may name a package in a directory of the project',
 ),
 Caution(
  texts=('-r ',),
  says='names another file with requirements',
 ),
 Caution(
  texts=('--find-links',),
  says='names a directory with packages',
 ),
 Caution(
  texts=('gemspec', 'eval_gemfile'),
  says='reads another file of the project',
 ),
 Caution(
  texts=('<relativePath>', '<parent>'),
  says='has a parent project',
 ),
 Caution(
  texts=('<systemPath>',),
  says='names a library by its path',
 ),
 Caution(
  texts=('"autoload"',),
  says='lists classes of the project, which are looked up when it is installed',
 ),
)
