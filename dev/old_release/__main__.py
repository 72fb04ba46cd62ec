"""Make the dump again: python3 -m dev.old_release [COMMIT]"""

import io
import lzma
import shutil
import subprocess
import sys
import tarfile

from dev.ground import place, postgres, template, tree, ui

COMMIT = '9647ba0'
NAME = 'old_release'
TARGET = place.ROOT / 'tests_process' / 'data'
# What Odoo makes again by itself, and what would tell about the machine.
STRIP = """
    DELETE FROM ir_attachment WHERE url LIKE '/web/assets/%' OR res_model = 'ir.module.module';
    DELETE FROM ir_config_parameter WHERE key IN ('database.uuid', 'database.secret');
    DELETE FROM ir_logging; DELETE FROM bus_bus; DELETE FROM mail_mail;
"""


def main(commit=COMMIT):
    """Make database and facts; return the exit code."""
    folder = place.WORK / 'old_release'
    config = folder / 'odoo.conf'
    _check_out(commit, folder)
    postgres.start()
    addons = [*tree.locate().addons_paths, folder]
    config.write_text(template.CONFIG.format(
        addons=",".join(map(str, addons)), data=place.DATA, **postgres.connection()))
    postgres.copy(template.NAME, NAME, "an old release")
    name = postgres.database(NAME)
    try:
        _run('-m', 'odoo', '-c', config, '-d', name, '-i', 'smart_dunning', '--no-http',
             '--stop-after-init', '--log-level', 'warn')
        _run('-m', 'dev.old_release.story', name, config)
        facts = _run('-m', 'dev.old_release.facts', name, config, stdout=subprocess.PIPE).stdout
        postgres.query(STRIP, name)
        _keep(name, facts)
    finally:
        postgres.drop(NAME)
        shutil.rmtree(folder)
    return 0


def _check_out(commit, folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    archive = subprocess.run(['git', 'archive', commit, 'smart_dunning'], cwd=place.ROOT,
                             check=True, stdout=subprocess.PIPE).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter='data')


def _run(*arguments, **options):
    return subprocess.run([str(place.PYTHON), *map(str, arguments)], cwd=place.ROOT, check=True,
                          env=template.environment(), **options)


def _keep(name, facts):
    TARGET.mkdir(exist_ok=True)
    dump = subprocess.run(
        ['pg_dump', '--no-owner', '--no-privileges', '--no-comments', '-d', name], check=True,
        env=template.environment(), stdout=subprocess.PIPE).stdout
    path = TARGET / 'release_1.sql.xz'
    path.write_bytes(lzma.compress(dump, preset=9 | lzma.PRESET_EXTREME))
    (TARGET / 'release_1.json').write_bytes(facts)
    ui.say(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
