import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, onWillUnmount, useState } from "@odoo/owl";

/** Looks for the tick while a letter is on its way: so often, with so many milliseconds between. */
const LOOKS = 20;
const PAUSE = 3000;

/**
 * The letter as the customer sees it, beside its items: e-mail and PDF as sent, else as they would
 * be sent. An unsaved change shows once it is saved.
 */
export class DunningLetterPreview extends Component {
    static template = "smart_dunning.LetterPreview";
    static props = { ...standardWidgetProps };

    setup() {
        // A phone shows PDFs badly inside a page: there it opens on demand.
        this.state = useState({
            isOpen: window.matchMedia("(min-width: 768px)").matches,
            part: "pdf",
        });
        // Beside each other where there is room for both.
        this.isWide = window.matchMedia("(min-width: 1500px)").matches;
        this.looks = 0;
        this.timer = setInterval(() => this.lookAgain(), PAUSE);
        onWillUnmount(() => clearInterval(this.timer));
    }

    /** Show that the letter is gone as soon as it is, without disturbing who types. */
    async lookAgain() {
        const { state, is_released: isReleased } = this.record.data;
        const isOnItsWay = isReleased && ["ready", "sending"].includes(state);
        if (!isOnItsWay || this.looks >= LOOKS || (await this.record.isDirty())) {
            return;
        }
        this.looks += 1;
        await this.record.load();
    }

    get record() {
        return this.props.record;
    }

    /** Without an e-mail there is nothing to choose. */
    get hasMail() {
        return this.record.data.channel === "email" && this.record.data.state !== "cancelled";
    }

    get part() {
        return this.hasMail ? this.state.part : "pdf";
    }

    /** A cancelled letter without a document would show as an empty page. */
    get hasPdf() {
        const { document_id: document, state } = this.record.data;
        return Boolean(document) || state !== "cancelled";
    }

    /** What was kept of a letter that failed never left the house. */
    get isSent() {
        return this.record.data.state === "sent";
    }

    get version() {
        return encodeURIComponent(this.record.data.write_date?.toMillis?.() || "");
    }

    get pdfUrl() {
        const { resId, data } = this.record;
        if (!resId) {
            return "";
        }
        if (data.document_id && this.isSent) {
            return `/web/content/${data.document_id.id}`;
        }
        return `/report/pdf/smart_dunning.letter_document/${resId}?v=${this.version}`;
    }

    get viewerUrl() {
        const file = encodeURIComponent(this.pdfUrl);
        return `/web/static/lib/pdfjs/web/viewer.html?file=${file}#zoom=page-width&pagemode=none`;
    }

    get mailUrl() {
        return `/dunning/letter/${this.record.resId}/mail?v=${this.version}`;
    }

    choose(part) {
        this.state.part = part;
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
        { name: "channel", type: "selection" },
        { name: "state", type: "selection" },
        { name: "is_released", type: "boolean" },
    ],
});
