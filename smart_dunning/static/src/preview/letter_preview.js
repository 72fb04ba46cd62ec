import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, useState } from "@odoo/owl";

/**
 * The letter as the customer sees it, beside its items: the PDF as sent, else as it would be sent.
 * An unsaved change shows once it is saved.
 */
export class DunningLetterPreview extends Component {
    static template = "smart_dunning.LetterPreview";
    static props = { ...standardWidgetProps };

    setup() {
        // A phone shows PDFs badly inside a page: there it opens on demand.
        this.state = useState({ isOpen: window.matchMedia("(min-width: 768px)").matches });
    }

    get pdfUrl() {
        const { resId, data } = this.props.record;
        if (!resId) {
            return "";
        }
        if (data.document_id) {
            return `/web/content/${data.document_id.id}`;
        }
        const version = encodeURIComponent(data.write_date?.toMillis?.() || "");
        return `/report/pdf/smart_dunning.letter_document/${resId}?v=${version}`;
    }

    get viewerUrl() {
        const file = encodeURIComponent(this.pdfUrl);
        return `/web/static/lib/pdfjs/web/viewer.html?file=${file}#zoom=page-width&pagemode=none`;
    }

    show() {
        this.state.isOpen = true;
    }
}

registry.category("view_widgets").add("dunning_letter_preview", {
    component: DunningLetterPreview,
    fieldDependencies: [
        { name: "document_id", type: "many2one" },
        { name: "write_date", type: "datetime" },
    ],
});
