from . import dunning_copy
from . import dunning_document
from . import swiss_bill
from . import invoice_copy
from . import ir_actions_report
from . import ir_http
from . import res_company
from . import ir_attachment
