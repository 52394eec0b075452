# Written by tools/compile_catalogue.py.
from ctxopt.catalogue.secret_texts import SecretKind

VALUE = (
 SecretKind(
  module='aws',
  plugin='AWSKeyDetector',
  words=('AKIA', 'ASIA', 'aws', 'AWS', 'ecret_access_key', 'ECRET_ACCESS_KEY', 'ecretAccessKey'),
  what='an AWS key',
  pattern='(?i:secret[\\w.-]{0,10}key)["\']?\\s{0,5}(?:=>|[:=])\\s{0,5}["\']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])',
 ),
 SecretKind(
  module='azure_storage_key',
  plugin='AzureStorageKeyDetector',
  words=('AccountKey=',),
  what='an Azure Storage key',
 ),
 SecretKind(
  module='basic_auth',
  plugin='BasicAuthDetector',
  words=('://',),
  what='a URL with a password',
  sure=False,
  beside='@',
 ),
 SecretKind(
  module='github_token',
  plugin='GitHubTokenDetector',
  words=('ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'),
  what='a GitHub token',
 ),
 SecretKind(
  module='gitlab_token',
  plugin='GitLabTokenDetector',
  words=('glpat-', 'gldt-', 'glrt-', 'glcbt-', 'GR1348941'),
  what='a GitLab token',
 ),
 SecretKind(
  module='mailchimp',
  plugin='MailchimpDetector',
  words=('-us',),
  what='a Mailchimp key',
 ),
 SecretKind(
  module='npm',
  plugin='NpmDetector',
  words=('_authToken',),
  what='an npm token',
 ),
 SecretKind(
  module='private_key',
  plugin='PrivateKeyDetector',
  words=('PRIVATE KEY',),
  what='a private key',
 ),
 SecretKind(
  module='pypi_token',
  plugin='PypiTokenDetector',
  words=('pypi-AgE',),
  what='a PyPI token',
 ),
 SecretKind(
  module='sendgrid',
  plugin='SendGridDetector',
  words=('SG.',),
  what='a SendGrid key',
 ),
 SecretKind(
  module='slack',
  plugin='SlackDetector',
  words=('xox', 'hooks.slack.com'),
  what='a Slack token',
 ),
 SecretKind(
  module='square_oauth',
  plugin='SquareOAuthDetector',
  words=('sq0csp-',),
  what='a Square token',
 ),
 SecretKind(
  module='stripe',
  plugin='StripeDetector',
  words=('k_live_',),
  what='a Stripe key',
 ),
 SecretKind(
  module='telegram_token',
  plugin='TelegramBotTokenDetector',
  words=(':A',),
  what='a Telegram token',
 ),
)
