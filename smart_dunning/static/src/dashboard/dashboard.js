import { Domain } from "@web/core/domain";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { formatFloat, formatMonetary } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { Component, onWillStart, useState } from "@odoo/owl";

import { DunningChart } from "./dashboard_chart";
import {
    configureAgeing,
    configureRecovery,
    configureTrend,
    configureWeeks,
} from "./dashboard_configs";

const SOON_WEEKS = 4;
/** In which column of a debtor the debts of an age are. */
const AGE_COLUMNS = {
    not_due: "amount_not_due",
    30: "amount_30",
    60: "amount_60",
    90: "amount_90",
    older: "amount_older",
    credit: "credit_amount",
};
const OVERDUE = ["30", "60", "90", "older"];

/** The receivables of a company on one screen; every figure opens the records behind it. */
export class DunningDashboard extends Component {
    static template = "smart_dunning.Dashboard";
    static components = { Layout, DunningChart };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.display = { controlPanel: {} };
        this.state = useState({ figures: null, isBusy: false });
        onWillStart(() => this.load());
    }

    async load(companyId = null) {
        const figures = await this.orm.call("dunning.dashboard", "get_figures", [companyId]);
        const short = (amount) => this.format(amount, true);
        this.configs = {
            ageing: configureAgeing(figures.ageing, short),
            weeks: configureWeeks(figures.weeks, short),
            trend: configureTrend(figures.trend),
            recovery: configureRecovery(figures.recovery, short),
        };
        this.currencyId = figures.currency_id;
        this.state.figures = figures;
    }

    async renew() {
        this.state.isBusy = true;
        try {
            const companyId = this.figures.company.id;
            await this.orm.call("dunning.dashboard", "action_renew", [companyId]);
            await this.load(companyId);
            if (this.figures.is_empty) {
                this.notification.add(_t("No customer invoice has been posted yet."));
            }
        } finally {
            this.state.isBusy = false;
        }
    }

    print() {
        window.print();
    }

    // What is shown ---------------------------------------------------------------------------

    get figures() {
        return this.state.figures;
    }

    format(amount, isShort = false) {
        return formatMonetary(amount || 0, {
            currencyId: this.currencyId,
            humanReadable: isShort && Math.abs(amount) >= 10000,
            digits: isShort ? [16, 0] : undefined,
        });
    }

    /** Say whether any of these rows has something to draw. */
    hasAny(rows, name) {
        return rows.some((row) => row[name]);
    }

    date(text) {
        return text ? formatDate(deserializeDate(text)) : "";
    }

    get cards() {
        const { now, before, held, released, weeks, ageing } = this.figures;
        const soon = weeks.slice(0, SOON_WEEKS);
        const total = ageing.reduce((sum, part) => sum + part.amount, 0);
        const overdue = ageing
            .filter((part) => OVERDUE.includes(part.code))
            .reduce((sum, part) => sum + part.amount, 0);
        return [
            {
                name: "open",
                label: _t("Open"),
                value: this.format(total, true),
                note: this.compare(now.open_amount, before.open_amount, true),
                open: () => this.openAgeing(_t("Open")),
            },
            {
                name: "overdue",
                label: _t("Overdue"),
                value: this.format(overdue, true),
                note: this.compare(now.overdue_amount, before.overdue_amount, true),
                open: () => this.openAgeing(_t("Overdue"), OVERDUE),
            },
            {
                name: "dso",
                label: _t("DSO"),
                value: now.sales_amount ? _t("%s days", Math.round(now.dso)) : "–",
                note: now.sales_amount ? this.compare(now.dso, before.dso) : "",
                open: () => this.openTrend(),
            },
            {
                name: "soon",
                label: _t("Expected in 4 weeks"),
                value: soon.length
                    ? this.format(
                          soon.reduce((sum, one) => sum + one.amount, 0),
                          true
                      )
                    : "–",
                note: "",
                open: () => this.openWeeks([["week", "in", soon.map((one) => one.week)]]),
            },
            {
                name: "held",
                label: _t("Held deliveries"),
                value: this.format(held.amount, true),
                note: held.count
                    ? _t("%(count)s, the oldest since %(date)s", {
                          count: held.count,
                          date: this.date(held.since),
                      })
                    : _t("none waits"),
                open: () => this.openHeld(),
            },
            {
                name: "released",
                label: _t("Released by holds"),
                value: this.format(released.amount, true),
                note: _t("paid in a year after a delivery was held"),
                open: () => this.openReleased(),
            },
        ];
    }

    /** Say by how much a figure has changed in a month; empty where nothing is known. */
    compare(now, before, isMoney = false) {
        if (now === undefined || before === undefined) {
            return "";
        }
        const change = now - before;
        const amount = isMoney
            ? this.format(Math.abs(change), true)
            : formatFloat(Math.abs(change), { digits: [false, 1] });
        if (Math.abs(change) < 0.05) {
            return _t("as a month ago");
        }
        return change > 0
            ? _t("%s more than a month ago", amount)
            : _t("%s less than a month ago", amount);
    }

    // What opens ------------------------------------------------------------------------------

    /**
     * Open the records behind a figure.
     *
     * @param {string} name what the figure is called
     * @param {string} xmlid the action whose views and words for "nothing there" are taken
     * @param {Array} domain which of the records of the company
     * @param {Object} context
     */
    async openRecords(name, xmlid, domain = [], context = {}) {
        const known = await this.action.loadAction(`smart_dunning.${xmlid}`);
        const isList = ([, type]) => type === "list";
        return this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: known.res_model,
            help: known.help,
            search_view_id: known.search_view_id,
            // Records first, however the report itself begins.
            views: [...known.views.filter(isList), ...known.views.filter((view) => !isList(view))],
            domain: [["company_id", "child_of", this.figures.company.id], ...domain],
            context,
        });
    }

    /** Open the customers who owe something of these ages: their rows are what is shown. */
    openAgeing(name = _t("Open items by age"), ages = Object.keys(AGE_COLUMNS)) {
        return this.openRecords(
            name,
            "dunning_debtor_ageing_action",
            Domain.or(ages.map((age) => [[AGE_COLUMNS[age], ">", 0]])).toList(),
            { active_test: false }
        );
    }

    openInvoices() {
        return this.action.doAction("account.action_move_out_invoice_type");
    }

    onAge(index) {
        const { label, code } = this.figures.ageing[index];
        return this.openAgeing(label, [code]);
    }

    openWeeks(domain = []) {
        return this.openRecords(_t("Cash-in by week"), "dunning_forecast_week_action", [
            ["date", "=", this.figures.date],
            ...domain,
        ]);
    }

    onWeek(index) {
        return this.openWeeks([["week", "=", this.figures.weeks[index].week]]);
    }

    openTrend(domain) {
        return this.openRecords(_t("DSO and trends"), "dunning_snapshot_action", domain);
    }

    onMonth(index) {
        return this.openTrend([["date", "=", this.figures.trend[index].date]]);
    }

    openRecovery(domain) {
        return this.openRecords(_t("Recovery by level"), "dunning_recovery_report_action", domain);
    }

    onLevel(index) {
        return this.openRecovery([["level_id", "=", this.figures.recovery[index].level_id]]);
    }

    openHeld() {
        return this.openRecords(_t("Held deliveries"), "dunning_held_delivery_action");
    }

    openReleased() {
        return this.openRecords(_t("Money released by holds"), "dunning_held_report_action", [
            ["date_paid", ">", this.figures.released.since],
        ]);
    }

    openRisks() {
        return this.openRecords(_t("Money at risk"), "dunning_debtor_risk_action", [
            ["money_at_risk", ">", 0],
        ]);
    }

    openDebtor(id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "dunning.debtor",
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("dunning_dashboard", DunningDashboard);
