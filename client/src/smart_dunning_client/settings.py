"""Which server, and with which key: from options, environment, configuration file and keyring."""

import configparser
import os
import stat
from dataclasses import dataclass
from pathlib import Path

import click

SERVICE = 'smart-dunning'


@dataclass
class Settings:
    """Where to go. The key is looked up only when it is needed."""

    url: str = ""
    db: str = ""
    login: str = ""
    transport: str = 'json2'
    company: str = ""
    lang: str = ""
    timeout: float = 60.0
    key_file: str = ""
    debug: bool = False

    def get_key(self):
        """Return the API key: from the environment, a file that is yours alone, or the keyring."""
        if key := os.environ.get('DUNNING_API_KEY'):
            return key.strip()
        if self.key_file:
            return read_key(Path(self.key_file).expanduser())
        if key := ask_keyring('get', self.db, self.url):
            return key
        raise click.UsageError(
            "No API key: set DUNNING_API_KEY, name a file with --key-file, or store the key with "
            "“dunning configure”.")


def get_config_path():
    """Return where the configuration lies."""
    if path := os.environ.get('DUNNING_CONFIG'):
        return Path(path)
    return Path(click.get_app_dir('smart-dunning'), 'config.ini')


def read_config(profile):
    """Return the options that the configuration file has for a profile, as a dict.

    :raise click.UsageError: when the profile is not there
    """
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(get_config_path(), encoding='utf-8')
    except configparser.Error as error:
        raise click.UsageError(f"{get_config_path()} cannot be read: {error}") from None
    if profile and profile not in parser:
        raise click.UsageError(f"{get_config_path()} has no profile “{profile}”.")
    name = profile or 'default'
    return dict(parser[name]) if name in parser else {}


def write_config(profile, values):
    """Keep options of a profile."""
    path = get_config_path()
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(path, encoding='utf-8')
    parser[profile or 'default'] = {name: value for name, value in values.items() if value}
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open('w', encoding='utf-8') as file:
        parser.write(file)


def read_key(path):
    """Return the key in a file.

    :raise click.UsageError: when others can read the file, or it is not there
    """
    try:
        mode = path.stat().st_mode
        if os.name == 'posix' and mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise click.UsageError(
                f"Others can read {path}: please make it yours alone (chmod 600 {path}).")
        return path.read_text(encoding='utf-8').strip()
    except OSError as error:
        raise click.UsageError(f"{path} cannot be read: {error.strerror}") from None


def write_key(path, key):
    """Keep the key in a file that nobody else can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, 'w', encoding='utf-8') as file:
        file.write(f"{key}\n")


def ask_keyring(action, db, url, key=None):
    """Get the key from the keyring of the desktop, or set it; None where there is no keyring."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    name = f"{db}@{url.rstrip('/')}"
    try:
        if action == 'get':
            return keyring.get_password(SERVICE, name)
        keyring.set_password(SERVICE, name, key)
        return key
    except KeyringError:
        return None
