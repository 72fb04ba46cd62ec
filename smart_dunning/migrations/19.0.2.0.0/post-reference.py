"""The e-mails of the shipped levels asked for another reference than letter and QR code."""


def migrate(cr, version):
    """Let them ask for the one reference; other words that an administrator wrote are left alone.

    In the shipped e-mails the number of the letter stood for the reference alone.
    """
    cr.execute("""
        UPDATE dunning_level level
           SET body_html = replace(level.body_html::text, %s, %s)::jsonb
          FROM ir_model_data data
         WHERE data.model = 'dunning.level' AND data.module = 'smart_dunning'
           AND data.res_id = level.id AND level.body_html IS NOT NULL
    """, (r't-out=\"object.name\"', r't-out=\"object.reference_text\"'))
