"""Steps of the torture, and what can be wrong with the world of the process that does one."""
import hashlib
import logging
import resource
from datetime import timedelta

from steps import _customers

from odoo import fields

# The world of a process -------------------------------------------------------------------------

def _full_disk(size):
    """Let no file grow beyond so many bytes: the kernel refuses the rest of a PDF."""
    logging.raiseExceptions = False              # the log cannot be written either
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def _turn_clock(hours):
    """Let this process believe that it is so many hours later (or earlier)."""
    for kind, name in ((fields.Datetime, 'now'), (fields.Date, 'today'),
                       (fields.Date, 'context_today'), (fields.Datetime, 'context_timestamp')):
        original = getattr(kind, name)
        setattr(kind, name, staticmethod(
            lambda *args, original=original: original(*args) + timedelta(hours=hours)))


FAULTS = {'disk': _full_disk, 'clock': _turn_clock}


# Steps ------------------------------------------------------------------------------------------

def send_rounds(env, number):
    """Do some rounds of the send cron, as a scheduler that is called again does."""
    for _round in range(number):
        env['dunning.letter']._cron_send()


def take_out(env, customer):
    """Let the clerk take the customer's open letter out."""
    env['dunning.letter'].search([
        ('partner_id.email', '=', f'c{customer}@example.com'),
        ('state', 'in', ('draft', 'ready', 'failed'))]).action_take_out()


def recover(env, accepted):
    """Do what clerks and scheduler do on the next morning; return how many letters are left.

    :param accepted: the Message-Ids of the mails that the mail server has, which clerks ask
    """
    clerk = env['res.users'].search([('login', '=', 'clerk')])
    letters = env['dunning.letter'].with_user(clerk)
    env['dunning.letter']._flag_lost_letters()
    for letter in letters.search([('is_fate_unknown', '=', True)]):
        if letter.message_uid in accepted:
            letter.action_confirm_sent()
        else:
            letter.action_send_again()
    letters.search([('state', '=', 'failed')]).action_retry()
    put_off = letters.search([('state', '=', 'ready'), ('retry_at', '!=', False)])
    if put_off:
        put_off.action_send()
    env.cr.commit()
    env['dunning.letter']._cron_send()
    return env['dunning.letter'].search_count([('state', 'not in', ('sent', 'cancelled'))])


def plan_rest(env, customers):
    """Plan and send what these customers owe and nobody has asked for yet; return the number."""
    run = env['dunning.run'].create({})
    run._plan(_customers(env, customers))
    run.action_send()
    return len(run.letter_ids)


def verdict(env):
    """Return the sent letters and what is open in the end.

    :return: {Message-Id: [customer, total, fingerprint, that of the file, amounts of items]},
        {customer: open amount}
    """
    env.invalidate_all()
    found = {}
    for letter in env['dunning.letter'].search([('state', '=', 'sent')]):
        content = letter.document_id.raw or b''
        found[letter.message_uid] = (
            _number(letter.partner_id), letter.amount_total, letter.document_sha256,
            hashlib.sha256(content).hexdigest(),
            [line.amount_residual for line in letter.line_ids if line.state == 'sent'])
    rows = env['account.move.line']._read_group([
        ('account_id.account_type', '=', 'asset_receivable'), ('parent_state', '=', 'posted'),
        ('partner_id.email', '=like', 'c%@example.com')], ['partner_id'], ['amount_residual:sum'])
    return found, {_number(partner): amount for partner, amount in rows}


def _number(partner):
    return int(partner.email[1:].split('@')[0])
