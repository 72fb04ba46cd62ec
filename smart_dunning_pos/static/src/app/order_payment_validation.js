import { _t } from "@web/core/l10n/translation";
import { AlertDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { patch } from "@web/core/utils/patch";
import { ask, makeAwaitable } from "@point_of_sale/app/utils/make_awaitable_dialog";
import { TextInputPopup } from "@point_of_sale/app/components/popups/text_input_popup/text_input_popup";
import OrderPaymentValidation from "@point_of_sale/app/utils/order_payment_validation";

/** Before a sale on account, the server is asked; without a connection the cashier decides. */
patch(OrderPaymentValidation.prototype, {
    async isOrderValid() {
        return (await super.isOrderValid(...arguments)) && (await this.isDunningAgreed());
    },

    async isDunningAgreed() {
        const sale = this.getDunningSale();
        const key = JSON.stringify(sale);
        if (!sale || this.dunningAgreed === key) {
            return true;
        }
        const isAgreed = await this.askDunning(sale);
        // Other addons validate the same sale more than once.
        this.dunningAgreed = isAgreed && key;
        return isAgreed;
    },

    /** What the server judges, null when nothing is owed and no quotation is confirmed. */
    getDunningSale() {
        const partner = this.order.getPartner();
        const onAccount = this.order.payment_ids
            .filter((payment) => payment.payment_method_id.type === "pay_later")
            .reduce((sum, payment) => sum + payment.amount, 0);
        const orders = {};
        // Only a quotation is confirmed by this sale; an order was judged when it was.
        let confirms = false;
        for (const line of this.order.lines) {
            const order = line.sale_order_origin_id;
            if (order?.id) {
                orders[order.id] = (orders[order.id] || 0) + line.priceIncl;
                confirms ||= order.state !== "sale";
            }
        }
        if (!partner || (onAccount <= 0 && !confirms)) {
            return null;
        }
        return { uuid: this.order.uuid, partner_id: partner.id, on_account: onAccount, orders };
    },

    callDunning(method, ...args) {
        return this.pos.data.call("pos.session", method, [[this.pos.session.id], ...args]);
    },

    async askDunning(sale) {
        let answer;
        try {
            answer = await this.callDunning("dunning_ask", sale);
        } catch (error) {
            console.info("The hold of the customer could not be checked", error.message);
            return (
                sale.on_account <= 0 ||
                ask(this.pos.dialog, {
                    title: _t("On account without a check?"),
                    body: _t(
                        "The credit of the customer cannot be checked right now. Accounting is told if the sale is not allowed."
                    ),
                    confirmLabel: _t("Sell on account"),
                    cancelLabel: _t("Back"),
                })
            );
        }
        if (answer.state === "warn") {
            return ask(this.pos.dialog, {
                title: _t("Please note"),
                body: answer.message,
                confirmLabel: _t("Sell on account"),
                cancelLabel: _t("Back"),
            });
        }
        return answer.state !== "block" || this.refuseDunning(sale, answer);
    },

    async refuseDunning(sale, answer) {
        const title = _t("On hold");
        if (!answer.may_release) {
            this.pos.dialog.add(AlertDialog, { title, body: answer.message });
            return false;
        }
        const isWanted = await ask(this.pos.dialog, {
            title,
            body: answer.message,
            confirmLabel: _t("Release this sale"),
            cancelLabel: _t("Back"),
        });
        const reason =
            isWanted &&
            (await makeAwaitable(this.pos.dialog, TextInputPopup, {
                title: _t("Why is this sale released?"),
                placeholder: _t("The reason is kept with your name."),
                rows: 2,
            }));
        if (!reason?.trim()) {
            return false;
        }
        try {
            const released = await this.callDunning("dunning_release", sale, reason.trim());
            if (released.state === "block") {
                this.pos.dialog.add(AlertDialog, { title, body: released.message });
            }
            return released.state !== "block";
        } catch (error) {
            this.pos.dialog.add(AlertDialog, {
                title,
                body: error.data?.message || _t("The release could not be given: no connection."),
            });
            return false;
        }
    },
});
