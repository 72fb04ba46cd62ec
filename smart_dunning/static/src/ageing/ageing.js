import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatMonetary } from "@web/views/fields/formatters";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component } from "@odoo/owl";

const PARTS = [
    { name: "amount_not_due", label: _t("Not due"), css: "o_dunning_age_0" },
    { name: "amount_30", label: _t("1–30 days"), css: "o_dunning_age_1" },
    { name: "amount_60", label: _t("31–60 days"), css: "o_dunning_age_2" },
    { name: "amount_90", label: _t("61–90 days"), css: "o_dunning_age_3" },
    { name: "amount_older", label: _t("Over 90 days"), css: "o_dunning_age_4" },
];

/** How old the open items of a debtor are, as one bar of five colours with its amounts below. */
export class DunningAgeing extends Component {
    static template = "smart_dunning.Ageing";
    static props = { ...standardWidgetProps };

    get parts() {
        const data = this.props.record.data;
        const total = PARTS.reduce((sum, part) => sum + Math.max(0, data[part.name] || 0), 0);
        return PARTS.map((part) => {
            const amount = data[part.name] || 0;
            return {
                ...part,
                label: part.label.toString(),
                amount: formatMonetary(amount, { currencyId: data.currency_id?.id }),
                share: total ? (Math.max(0, amount) / total) * 100 : 0,
            };
        });
    }

    get isEmpty() {
        return this.parts.every((part) => !part.share);
    }
}

registry.category("view_widgets").add("dunning_ageing", {
    component: DunningAgeing,
    fieldDependencies: [
        { name: "currency_id", type: "many2one" },
        ...PARTS.map((part) => ({ name: part.name, type: "monetary" })),
    ],
});
