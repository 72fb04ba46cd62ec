import { session } from "@web/session";
import { download } from "@web/core/network/download";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { getReportUrl } from "@web/webclient/actions/reports/utils";

/**
 * Downloads our letters without asking for wkhtmltopdf, which they do not need.
 * Which reports are ours, the server says (`dunning.document`).
 *
 * @param {Object} action
 * @param {Object} options
 * @param {Object} env
 * @returns {Promise<boolean>} whether the report was ours
 */
export async function downloadDunningLetter(action, options, env) {
    const ours = session.dunning_documents || [];
    if (!ours.includes(action.report_name) || action.report_type !== "qweb-pdf") {
        return false;
    }
    env.services.ui.block();
    try {
        await download({
            url: "/report/download",
            data: {
                data: JSON.stringify([getReportUrl(action, "pdf"), action.report_type]),
                context: JSON.stringify({ ...user.context, ...(action.context || {}) }),
            },
        });
    } finally {
        env.services.ui.unblock();
    }
    return true;
}

registry
    .category("ir.actions.report handlers")
    .add("smart_dunning.letter_document", downloadDunningLetter);
