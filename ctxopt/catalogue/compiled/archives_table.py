# Written by tools/compile_catalogue.py.
from ctxopt.catalogue.archives import Archives
from ctxopt.catalogue.archives import Downloader
from ctxopt.catalogue.archives import Unpacker

VALUE = Archives(
 tars=('.tar', '.tar.gz', '.tgz', '.tar.bz2', '.tbz2', '.tbz', '.tar.xz', '.txz'),
 packed=('.tar', '.tgz', '.tbz', '.tbz2', '.txz', '.tzst', '.gz', '.bz2', '.xz', '.zst'),
 others=(
  '.tar.zst',
  '.tar.lz4',
  '.zip',
  '.7z',
  '.rar',
  '.deb',
  '.rpm',
  '.apk',
  '.run',
  '.gz',
  '.xz',
  '.bz2',
  '.zst',
 ),
 given=(
  '.deb',
  '.rpm',
  '.apk',
  '.whl',
  '.gem',
  '.tgz',
  '.gz',
  '.xz',
  '.bz2',
  '.zip',
  '.txt',
  '.list',
  '.jar',
 ),
 installers=('conda', 'mamba', 'miniforge', 'cuda', 'cmake-'),
 in_place=('gunzip', 'bunzip2', 'unxz', 'unzstd', 'unlzma', 'lzma'),
 verifiers=(
  'sha1sum',
  'sha224sum',
  'sha256sum',
  'sha384sum',
  'sha512sum',
  'b2sum',
  'b3sum',
  'shasum',
  'openssl',
  'gpg',
  'gpgv',
  'gpg2',
  'cosign',
  'minisign',
  'signify',
 ),
 unpacker=(
  Unpacker(
   names=('unzip', '7z', '7za', '7zr', 'unrar', 'bsdtar', 'gunzip', 'bunzip2', 'unxz', 'unzstd', 'unlzma'),
  ),
  Unpacker(
   names=('dpkg',),
   starts=('-i', '--install', '--unpack', '-x', '-X', '--extract'),
  ),
  Unpacker(
   names=('rpm',),
   starts=('-i', '-U', '-F', '--install', '--upgrade'),
  ),
  Unpacker(
   names=('apt-get', 'apt', 'aptitude'),
   starts=('install',),
  ),
  Unpacker(
   names=('dnf', 'dnf5', 'yum', 'microdnf', 'tdnf'),
   starts=('install', 'localinstall'),
  ),
  Unpacker(
   names=('apk',),
   starts=('add',),
  ),
  Unpacker(
   names=('jar',),
   starts=('x', '-x', '--extract'),
  ),
 ),
 downloader=(
  Downloader(
   names=('curl',),
   output=('--output',),
   directory=('--output-dir',),
   output_letter='o',
   remote_letter='O',
   remote=('--remote-name', '--remote-name-all'),
  ),
  Downloader(
   names=('wget',),
   output=('--output-document',),
   directory=('--directory-prefix',),
   output_letter='O',
   directory_letter='P',
   named=True,
  ),
  Downloader(
   names=('aria2c',),
   output=('--out',),
   directory=('--dir',),
   output_letter='o',
   directory_letter='d',
   named=True,
  ),
 ),
)
