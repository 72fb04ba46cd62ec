"""The demo: a database with a story in it, a mail server that keeps mails, Odoo to look at it."""

import contextlib
import shutil
import socket
import subprocess
import time

from . import addon, place, postgres, template, venv
from .server import Background, answers, wait_for_page
from .setup import setup
from .ui import Trouble, last_lines, must, say

NAME = 'demo'
SMTP_PORT = 8025
SUMMARY = place.WORK / 'demo.txt'
ODOO = Background('demo')
MAIL = Background('mail')
ROLES = (
    ('clerk', "accounting clerk"),
    ('sales', "sales"),
    ('release', "who may release holds"),
    ('warehouse', "warehouse"),
    ('admin', "administrator"),
    ('customer', "a customer, in the portal"),
)


def demo():
    """Build the demo if need be, start its servers and tell how to get in."""
    if not place.ADDON.exists():
        raise Trouble("the addon is not there yet.", "It belongs in smart_dunning/.")
    port = place.http_port()
    _check_port(port)
    step = setup(4)
    fresh = place.switch('FRESH') or postgres.comment(NAME) != _stamp()
    running = ODOO.facts()
    if fresh or running.get('port') != port:
        ODOO.stop()
    smtp_port = _start_mail(step, fresh)
    if fresh:
        _build(step, port, smtp_port)
    else:
        step("Addon in the demo database: there")
        step("The demo's story: there")
        if SUMMARY.exists():
            say(SUMMARY.read_text(encoding='utf-8'))
    if ODOO.facts():
        step("Odoo: running")
    else:
        step("Starting Odoo …")
        _start_odoo(port, smtp_port)
    _tell(port)


def _check_port(port):
    """Find out early, not after minutes, that somebody else has the port."""
    if ODOO.facts().get('port') == port:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(('127.0.0.1', port))
        except OSError as error:
            raise Trouble(f"port {port} cannot be used: {error.strerror}.",
                          "Choose another one, for example: make demo PORT=8090") from None


def _stamp():
    """Return what the demo was made from, in short."""
    return addon.stamp(place.ROOT / 'dev' / 'demo')


def _start_mail(step, fresh):
    """Start the mail server, with a new pile for a new demo; return its port."""
    if fresh:
        MAIL.stop()
        for folder in (place.MAILS, place.LETTERS):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
    if MAIL.facts():
        step("Mail server: running")
        return MAIL.facts()['port']
    step("Starting the mail server …")
    port = place.free_port(SMTP_PORT)
    process = MAIL.start(
        [str(place.PYTHON), 'dev/smtp_sink.py', '--port', str(port), '--dir', str(place.MAILS)],
        place.environment(), port=port)
    for _attempt in range(200):
        try:
            socket.create_connection(('localhost', port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return port
        if process.poll() is not None:
            break
    raise Trouble("the mail server does not come up.",
                  f"The end of {MAIL.log}:\n{last_lines(MAIL.log)}")


def _build(step, port, smtp_port):
    step("Installing smart_dunning …")
    stamp = _stamp()
    postgres.copy(template.NAME, NAME, "being made")
    must(template.odoo('-c', str(place.CONFIG), '-d', postgres.database(NAME), '-i',
                       'smart_dunning,payment_demo,sale_management', '--stop-after-init',
                       '--no-http',
                       *_mail(smtp_port)),
         place.LOG / 'demo-install.log', "the addon could not be installed.",
         "Mend what the log shows, and try again.", env=template.environment())
    step("Letting the demo's story happen, two or three minutes …")
    if (place.ROOT / 'dev' / 'demo' / '__main__.py').exists():
        _tell_story(port, smtp_port)
    postgres.set_comment(NAME, stamp)


def _mail(smtp_port):
    return ['--smtp', 'localhost', '--smtp-port', str(smtp_port)]


def _tell_story(port, smtp_port):
    command = [
        str(place.PYTHON), '-m', 'dev.demo', '--database', postgres.database(NAME),
        '--config', str(place.CONFIG), '--mails', str(place.MAILS),
        '--letters', str(place.LETTERS), '--smtp-port', str(smtp_port),
        '--base-url', f"http://localhost:{port}"]
    log = place.LOG / 'demo-story.log'
    with _server_for_copies(port, smtp_port), \
            open(SUMMARY, 'w', encoding='utf-8') as kept, open(log, 'w') as noise, \
            subprocess.Popen(
                command, cwd=place.ROOT, env=template.environment(), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=noise, text=True, errors='replace') as story:
        for line in story.stdout:
            say(line.rstrip())
            # Progress is for now; what came out is shown again by the next `make demo`.
            if not line.startswith('['):
                kept.write(line)
    if story.returncode:
        raise Trouble("the demo's story came to a bad end.",
                      f"Try again: make demo\n\nThe end of {log}:\n{last_lines(log)}")


@contextlib.contextmanager
def _server_for_copies(port, smtp_port):
    """Have a server while invoices are printed: they fetch their style from it, as in real life."""
    if not shutil.which('wkhtmltopdf'):
        say("       wkhtmltopdf is not there: letters go out without copies of the invoices")
        yield
        return
    _start_odoo(port, smtp_port, crons=0)
    try:
        yield
    finally:
        ODOO.stop()


def _start_odoo(port, smtp_port, crons=1):
    name = postgres.database(NAME)
    # The ports may have changed since the demo was made.
    postgres.query(f"UPDATE ir_mail_server SET smtp_port = {smtp_port}"
                   " WHERE smtp_host = 'localhost'", name)
    postgres.query(f"UPDATE ir_config_parameter SET value = 'http://localhost:{port}'"
                   " WHERE key = 'web.base.url'", name)
    process = ODOO.start(
        template.odoo('-c', str(place.CONFIG), '-d', name, '--db-filter', f"^{name}$",
                      '--no-database-list',
                      '--http-port', str(port), '--gevent-port', str(place.free_port()),
                      '--max-cron-threads', str(crons), *_mail(smtp_port)),
        template.environment(), port=port)
    try:
        wait_for_page(f"http://localhost:{port}/web/health", process, ODOO.log)
        # The first page makes Odoo put its scripts together; the visitor need not wait for that.
        answers(f"http://localhost:{port}/web/login")
    except BaseException:
        ODOO.stop()
        raise


def _tell(port):
    logins = postgres.query("SELECT login FROM res_users WHERE active", postgres.database(NAME))
    say(f"\nOdoo runs at http://localhost:{port}")
    say("\n  login      password")
    for login, role in ROLES:
        if login in (logins or "").split():
            say(f"  {login:10} {login:10} {role}")
    say(f"\nMails are kept in {place.MAILS.relative_to(place.ROOT)}, letters in "
        f"{place.LETTERS.relative_to(place.ROOT)}, the log is "
        f"{ODOO.log.relative_to(place.ROOT)}. To end it: make stop")


def stop():
    """End the demo's servers, and the database server when nobody else uses it."""
    ended = [ODOO.stop(), MAIL.stop()]
    if place.WORK.exists():
        postgres.stop(idle_only=True)
    say("The demo has ended." if any(ended) else "No demo was running.")


def pictures():
    """Take the pictures for README and docs from the running demo."""
    demo()
    venv.install(['pictures'])
    _picture_letter(place.ROOT / 'docs' / 'img' / 'letter_de')
    return subprocess.run(
        [str(place.PYTHON), 'dev/pictures.py', '--db', postgres.database(NAME), '--base-url',
         f"http://localhost:{place.http_port()}", *place.setting('ARGS').split()],
        cwd=place.ROOT, env=template.environment()).returncode


def _picture_letter(target):
    """Turn the first page of the newest German dunning letter into a picture."""
    for letter in sorted(place.LETTERS.rglob('*.pdf'), reverse=True):
        text = subprocess.run(
            ['pdftotext', '-l', '1', str(letter), '-'], capture_output=True, text=True).stdout
        if "1. Mahnung" in text.replace('\N{NO-BREAK SPACE}', ' '):
            target.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(['pdftoppm', '-r', '80', '-l', '1', '-singlefile', '-png',
                            str(letter), str(target)], check=True)
            return


def clean():
    """End everything and remove it, including what had to lie outside the checkout."""
    if not place.WORK.exists():
        say("There is nothing to remove.")
        return
    ODOO.stop()
    MAIL.stop()
    postgres.remove()
    shutil.rmtree(place.WORK, ignore_errors=True)
    if place.WORK.exists():
        raise Trouble(f"{place.WORK} cannot be removed completely.",
                      "Some of it belongs to another user: sudo make clean")
    say("Everything in .work is gone.")
