"""The words of selection fields, in the language of whoever asks."""


def get_labels(model, field_name):
    """Return {code: label} of a selection field.

    :param model: a recordset of the model, whose language counts; it may be empty
    """
    return dict(model._fields[field_name]._description_selection(model.env))


def get_label(record, field_name):
    """Return the label of what a selection field of a record holds, its code where it has none."""
    return get_labels(record, field_name).get(record[field_name]) or record[field_name] or ''


def same_values(model_name, field_name):
    """Return the `selection` of a field that has the values of another model's field.

    Looked up when somebody asks: whoever adds a value there has added it here.
    """
    return lambda self: self.env[model_name]._fields[field_name]._description_selection(self.env)
