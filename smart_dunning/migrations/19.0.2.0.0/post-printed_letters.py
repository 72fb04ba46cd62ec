def migrate(cr, version):
    """Letters that lie printed on the desk wait for *Printed*, as before."""
    cr.execute("""
        UPDATE dunning_letter SET is_printed_out = TRUE
         WHERE state = 'ready' AND channel = 'print' AND document_id IS NOT NULL
           AND is_bounced IS NOT TRUE AND is_printed_out IS NOT TRUE
    """)
