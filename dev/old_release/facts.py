"""What must be found again after an upgrade: python -m dev.old_release.facts DATABASE CONFIG

Prints JSON. Only what scripts may rely on is read, so that it is read alike in every release.
"""

import hashlib
import json
import sys

from dev.demo.database import open_database


def collect(env):
    """Return {what: sorted rows} of all that people have made."""
    return {
        'policies': [
            [policy.name, policy.sequence, policy.quiet_days, policy.min_balance, policy.auto_send,
             policy.active, [_get_level(level) for level in policy.level_ids.sorted('position')],
             sorted([rule.trigger, rule.days, rule.amount, rule.level_position, rule.order_effect,
                     rule.delivery_effect] for rule in policy.hold_rule_ids)]
            for policy in _all(env, 'dunning.policy')],
        'letters': [
            [letter.name, letter.state, letter.channel, letter.partner_id.name, str(letter.date),
             letter.level_id.name, letter.amount_due, letter.amount_interest, letter.amount_fee,
             letter.amount_total, str(letter.deadline), str(letter.sent_date), _get_hash(letter),
             sorted([line.move_id.name, line.amount_residual] for line in letter.line_ids)]
            for letter in _all(env, 'dunning.letter')],
        'runs': [[run.name, str(run.date), run.state] for run in _all(env, 'dunning.run')],
        'items': [
            [item.move_id.name, item.amount_residual, item.dunning_level_id.name or "",
             str(item.dunning_date)]
            for item in _all(env, 'account.move.line', [('dunning_level_id', '!=', False)])],
        'charges': [
            [charge.partner_id.name, charge.kind, charge.amount, charge.amount_waived,
             charge.amount_paid, charge.state, str(charge.date), charge.move_id.name or ""]
            for charge in _all(env, 'dunning.charge')],
        'promises': [
            [promise.partner_id.name, promise.amount, str(promise.date), promise.state,
             promise.said_by, sorted(promise.item_ids.move_id.mapped('name'))]
            for promise in _all(env, 'dunning.promise')],
        'disputes': [
            [dispute.move_id.name, dispute.amount, dispute.state, dispute.stage_id.name,
             dispute.reason_id.name, dispute.note or ""]
            for dispute in _all(env, 'dunning.dispute')],
        'plans': [
            [plan.partner_id.name, plan.state, plan.amount_total,
             [[str(part.date_due), part.amount] for part in plan.part_ids.sorted('date_due')]]
            for plan in _all(env, 'dunning.installment.plan')],
        'pauses': [
            [pause.partner_id.name, pause.kind, str(pause.date_until), pause.reason or ""]
            for pause in _all(env, 'dunning.pause', [('active', '=', True)])],
        'holds': [
            [hold.partner_id.name, hold.reason, str(hold.date_until), hold.user_id.login]
            for hold in _all(env, 'dunning.hold')],
        'releases': [
            [release.partner_id.name, release.order_id.name or "", release.picking_id.name or "",
             release.max_amount, str(release.valid_until), release.reason, release.user_id.login]
            for release in _all(env, 'dunning.release')],
        'limits': [
            [change.partner_id.name, change.old_limit, change.new_limit, change.reason or ""]
            for change in _all(env, 'dunning.limit.change')],
        'debtors': [
            [debtor.partner_id.name, debtor.company_id.name, debtor.level_id.name or "",
             debtor.policy_id.name]
            for debtor in _all(env, 'dunning.debtor')],
        'messages': env['mail.message'].search_count(
            [('model', 'in', ('dunning.letter', 'dunning.run', 'dunning.debtor'))]),
    }


def _all(env, model, domain=()):
    return env[model].with_context(active_test=False, lang='en_US').search(
        list(domain), order='id')


def _get_level(level):
    return [level.position, level.name, level.delay, level.delay_from, level.channel,
            level.payment_days, level.fee_amount, level.subject,
            level.with_context(lang='de_DE').name]


def _get_hash(letter):
    """Return what tells the kept PDF from any other, or "" where none is kept."""
    content = letter.document_id.raw
    return hashlib.sha256(content).hexdigest() if content else ""


def main():
    with open_database(*sys.argv[1:3]) as env:
        json.dump(collect(env), sys.stdout, ensure_ascii=False, indent=1, sort_keys=True)
        print()


if __name__ == '__main__':
    main()
