def migrate(cr, version):
    """Letters that came back did so when they were last written: nobody noted the day."""
    cr.execute("""
        UPDATE dunning_letter
           SET bounced_date = COALESCE(write_date, create_date)::date, bounced_email = email
         WHERE is_bounced AND bounced_date IS NULL
    """)
