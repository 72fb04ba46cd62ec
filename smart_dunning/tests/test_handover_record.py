import doctest
from dataclasses import replace

from odoo.tests import BaseCase, tagged

from ..logic import handover_record
from ..logic.handover_record import (
    Agreement,
    Charge,
    Claim,
    File,
    Letter,
    Party,
    Payment,
    Record,
    clean,
    clean_text,
    defuse,
    find_unbalanced,
    from_xml,
    make_rows,
    to_xml,
)

#: A record of which nothing is known: every part once, every value what it is by itself.
EMPTY = """<?xml version='1.0' encoding='utf-8'?>
<handover xmlns="urn:smart-dunning:handover:1" version="1.0">
<number /><date /><currency /><approach>extrajudicial</approach><principal>0.00</principal>
<interest>0.00</interest><lump_sum>0.00</lump_sum><fees>0.00</fees><total>0.00</total>
<allocation>costs interest principal</allocation><reports>no</reports><note />
<creditor><reference /><kind /><name /><street /><street2 /><zip /><city /><country /><email />
<phone /><vat /><lang /><iban /></creditor>
<agency><reference /><kind /><name /><street /><street2 /><zip /><city /><country /><email />
<phone /><vat /><lang /><iban /></agency>
<debtor><reference /><kind /><name /><street /><street2 /><zip /><city /><country /><email />
<phone /><vat /><lang /><iban /></debtor>
<claims><claim><id /><number /><date /><due /><original>0.00</original><paid>0.00</paid>
<waived>0.00</waived><open>0.00</open><subject /><delivered /><first_reminder /><default_date />
<default_basis /><limitation /><interest>0.00</interest><interest_from /><interest_to />
<reference_rate /><margin /><day_count /><legal_basis /><lump_sum>0.00</lump_sum>
<payments><payment><date /><amount>0.00</amount><kind>payment</kind></payment></payments>
</claim></claims>
<charges><charge><kind /><date /><amount>0.00</amount><open>0.00</open><claim /></charge></charges>
<letters><letter><number /><date /><level /><channel /><deadline /><recipient /><message /><file />
</letter></letters>
<agreements><agreement><kind /><date /><amount>0.00</amount><state /><text /></agreement>
</agreements>
<files><file><name /><kind /><size>0</size><sha256 /><claim /></file></files>
</handover>"""
CASE = Record(
    number="HO/1", date='2026-03-09', creditor=Party(reference="K-7", name="Adler"),
    debtor=Party(name="Söhne & Co", zip="20095", lang='de'), currency='EUR',
    claims=(
        Claim(id='7', number="INV/1", due='2026-01-05', open='60.00', payments=(
            Payment('2026-02-01', '30.00'), Payment('2026-02-02', '10.00', 'credit'))),
        Claim(id='8', number="INV/2")),
    charges=(Charge('fee', '2026-02-01', '5.00', '5.00'),),
    letters=(Letter("DL/1", '2026-02-01'),), agreements=(Agreement('promise', '2026-02-03'),),
    files=(File("INV-1.pdf", 'invoice', '4711'),))


def compare(left, right):
    return (round(left - right, 2) > 0) - (round(left - right, 2) < 0)


@tagged('post_install', '-at_install')
class TestHandoverRecordXml(BaseCase):
    """The record as a document: what stands in it, and that nothing is lost or misread."""

    def test_examples(self):
        self.assertFalse(doctest.testmod(handover_record).failed)

    def test_what_is_not_known_is_written_as_empty(self):
        record = Record(
            claims=(Claim(payments=(Payment(),)),), charges=(Charge(),), letters=(Letter(),),
            agreements=(Agreement(),), files=(File(),))
        head, *body = EMPTY.split('\n')
        self.assertEqual(to_xml(record).decode(), '\n'.join((head, ''.join(body))))
        self.assertEqual(from_xml(to_xml(record)), record)

    def test_a_whole_record_is_read_as_it_was_written(self):
        content = to_xml(CASE)
        self.assertEqual(from_xml(content), CASE)
        self.assertIn("Söhne &amp; Co".encode(), content)

    def test_documents_that_are_not_ours_are_refused(self):
        ours = 'xmlns="urn:smart-dunning:handover:1" version="1.0"'
        for case, content in (
            ("a newer version", f"<handover {ours.replace('1.0', '2.0')}/>"),
            ("no version", '<handover xmlns="urn:smart-dunning:handover:1"/>'),
            ("another document", f"<order {ours}/>"),
            ("another sender", '<handover xmlns="urn:other" version="1.0"/>'),
            ("an unknown fact", f"<handover {ours}><colour>red</colour></handover>"),
            ("an unknown fact of a claim",
             f"<handover {ours}><claims><claim><colour/></claim></claims></handover>"),
        ):
            with self.subTest(case), self.assertRaises(ValueError):
                from_xml(content.encode())
        self.assertEqual(from_xml(f"<handover {ours}/>".encode()), Record())

    def test_texts_that_people_type_survive(self):
        for case, typed, kept in (
            ("lines of a Windows computer", "a\r\nb\rc\nd", "a\nb\nc\nd"),
            ("control characters", "a\x00b\x0bc", "a\ufffdb\ufffdc"),
            ("a tab", "a\tb", "a\tb"), ("half a pair", "\ud800", "\ufffd"),
            ("nothing", None, ""), ("nothing typed", "", ""),
        ):
            with self.subTest(case):
                self.assertEqual(clean_text(typed), kept)
                record = clean(Record(note=typed, debtor=Party(name=typed), claims=(
                    Claim(subject=typed, payments=(Payment(kind=typed),)),)))
                self.assertEqual(record, Record(note=kept, debtor=Party(name=kept), claims=(
                    Claim(subject=kept, payments=(Payment(kind=kept),)),)))
                self.assertEqual(from_xml(to_xml(record)), record)


@tagged('post_install', '-at_install')
class TestHandoverRecordFigures(BaseCase):
    """Sums of a record, and its rows for a table."""

    def test_amounts_that_do_not_add_up(self):
        claim = Claim(
            number="1", original='100.00', paid='30.00', waived='10.00', open='60.00',
            payments=(Payment(amount='30.00'), Payment(amount='10.00', kind='credit')))
        case = Record(
            principal='60.00', interest='2.00', lump_sum='40.00', fees='5.00', total='107.00',
            claims=(claim,))
        for name, values, claim_values, wrong in (
            ("all add up", {}, {}, []),
            ("no list of payments", {}, {'payments': ()}, []),
            ("a payment is missing", {}, {'payments': claim.payments[:1]}, ["1"]),
            ("a cent too much paid", {}, {'paid': '30.01'}, ["1"]),
            ("waived is forgotten", {}, {'waived': '0.00'}, ["1"]),
            ("less than was invoiced", {}, {'original': '99.00'}, ["1"]),
            ("paid and waived confused", {}, {'paid': '10.00', 'waived': '30.00'}, []),
            ("the open amount is another", {}, {'original': '110.00', 'open': '70.00'},
             ['principal']),
            ("the total lacks the fees", {'total': '102.00'}, {}, ['total']),
            ("a wrong principal", {'principal': '50.00'}, {}, ['principal', 'total']),
        ):
            with self.subTest(name):
                self.assertEqual(find_unbalanced(replace(
                    case, claims=(replace(claim, **claim_values),), **values), compare), wrong)

    def test_each_source_of_a_column(self):
        """Every value of a case and its claim that a table may show, and how it is written."""
        claim = Claim(**{name: f'claim_{name}' for name in (
            'number', 'date', 'due', 'original', 'paid', 'waived', 'open', 'subject',
            'default_date', 'default_basis', 'first_reminder', 'interest', 'interest_to',
            'margin', 'lump_sum', 'limitation')})
        case = Record(
            number='case_number', date='case_date', currency='currency',
            creditor=Party(reference='creditor_reference', name='creditor_name'),
            debtor=Party(**{name: f'debtor_{name}' for name in (
                'reference', 'kind', 'name', 'street', 'street2', 'zip', 'city', 'country',
                'email', 'phone', 'vat', 'lang')}),
            claims=(claim,),
            **{name: f'case_{name}' for name in (
                'principal', 'interest', 'lump_sum', 'fees', 'total')})
        [row] = make_rows(case, [(source, "ignored") for source in handover_record.SOURCES])
        self.assertEqual([value for _kind, value in row], list(handover_record.SOURCES))
        kinds = {value: kind for kind, value in row}
        for source, kind in (
            ('claim_due', 'date'), ('case_date', 'date'), ('claim_open', 'amount'),
            ('case_total', 'amount'), ('claim_number', 'text'), ('debtor_zip', 'text'),
        ):
            with self.subTest(source):
                self.assertEqual(kinds[source], kind)

    def test_a_row_for_each_claim(self):
        self.assertEqual(
            make_rows(CASE, [('claim_number', ''), ('fixed', "B2B"), ('claim_due', '')]),
            [[('text', "INV/1"), ('text', "B2B"), ('date', '2026-01-05')],
             [('text', "INV/2"), ('text', "B2B"), ('date', '')]])

    def test_no_spreadsheet_runs_what_people_typed(self):
        for case, typed, cell in (
            ("a formula", "=1+1", "'=1+1"), ("a sum", "+SUM(A1)", "'+SUM(A1)"),
            ("a minus", "-2+3", "'-2+3"), ("a command", "@cmd", "'@cmd"), ("a pipe", "|x", "'|x"),
            ("full width", "＝1", "'＝1"), ("after blanks", "  =1", "'  =1"),
            ("after a tab", "\t=1", "' =1"), ("after a line break", "\n=1", "' =1"),
            ("after what nobody sees", "\u200e \u2066=1", "'\u200e \u2066=1"),
            ("after quotes", "'\"=1", "''\"=1"), ("blanks in quotes", "' =1", "'' =1"),
            ("a wide blank after what nobody sees", "\ufeff\u2003=1", "'\ufeff\u2003=1"),
            ("a phone number", "+49 30", "'+49 30"),
            ("a name", "Xaver", "Xaver"), ("a name in quotes", "'Xaver'", "'Xaver'"),
            ("two lines", "Meier\nGmbH", "Meier GmbH"), ("a tab", "Meier\tGmbH", "Meier GmbH"),
            ("a formula within", "a=1", "a=1"), ("a number", "0049", "0049"), ("nothing", "", ""),
        ):
            with self.subTest(case):
                self.assertEqual(defuse(typed), cell)
