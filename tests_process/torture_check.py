"""The checker of the torture: finds a letter that is lost, doubled or wrong."""
import hashlib
import re
from collections import defaultdict

_ASKED = re.compile(r'Open:[^\d]*([\d,]+\.\d\d)')
_TOLERANCE = 1.0          # of the policy: so little is not asked for


def get_asked(mail):
    """Return the amount that a mail asks for."""
    text = mail.get_body(('html', 'plain')).get_content()
    return float(_ASKED.search(text)[1].replace(',', ''))


def get_fingerprint(mail):
    """Return the SHA-256 of the PDF that went along."""
    [file] = [part for part in mail.iter_attachments()
              if part.get_content_type() == 'application/pdf']
    return hashlib.sha256(file.get_content()).hexdigest()


class Expectation:
    """What may be asked of each customer, as events come by."""

    def __init__(self, customers, open_amount):
        self._allowed = {customer: {open_amount(customer)} for customer in customers}

    def book(self, customer, amount, is_certain):
        """Note money that came in: before any sender began, or while they were at it."""
        lower = {round(max(0.0, one - amount), 2) for one in self._allowed[customer]}
        self._allowed[customer] = lower if is_certain else self._allowed[customer] | lower

    def find_wrong(self, mails, final, evidence):
        """Return sentences about what is wrong with these mails.

        :param mails: [(customer, mail)] that the mail server has, those of the recovery last
        :param final: {customer: amount open in the end}
        :param evidence: the sent letters as `torture_steps.verdict` returned them
        """
        faults, got = [], defaultdict(list)
        for customer, mail in mails:
            asked, uid = get_asked(mail), mail['Message-Id']
            got[customer].append(asked)
            if asked <= _TOLERANCE or asked not in self._allowed[customer]:
                faults.append(
                    f"wrong: customer {customer} was asked for {asked}, right were "
                    f"{sorted(self._allowed[customer])}")
            if uid not in evidence:
                faults.append(f"wrong: a mail to customer {customer} is not recorded as sent")
                continue
            faults += self._compare(customer, asked, get_fingerprint(mail), evidence[uid])
        for customer, allowed in self._allowed.items():
            owes = final.get(customer, 0.0) > _TOLERANCE
            if len(got[customer]) > 1:
                faults.append(f"doubled: customer {customer} got {len(got[customer])} letters")
            if owes and not got[customer]:
                faults.append(f"lost: customer {customer} owes {final[customer]} and got nothing")
            if max(allowed) <= _TOLERANCE and got[customer]:
                faults.append(f"wrong: customer {customer} had paid before and got a letter")
        return faults

    @staticmethod
    def _compare(customer, asked, fingerprint, recorded):
        """Return what differs between a mail and what is recorded about it."""
        recorded_customer, total, kept, in_file, parts = recorded
        if (recorded_customer, round(total, 2)) != (customer, asked):
            yield f"wrong: customer {customer}: asked {asked}, recorded {total}"
        if not kept == in_file == fingerprint:
            yield f"wrong: customer {customer}: the PDF that was kept is not the one that was sent"
        if round(sum(parts), 2) < asked:
            yield f"wrong: customer {customer}: items {parts} do not carry {asked}"
