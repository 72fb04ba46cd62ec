import * as Chrome from "@point_of_sale/../tests/pos/tours/utils/chrome_util";
import * as Dialog from "@point_of_sale/../tests/generic_helpers/dialog_util";
import * as PaymentScreen from "@point_of_sale/../tests/pos/tours/utils/payment_screen_util";
import * as ProductScreen from "@point_of_sale/../tests/pos/tours/utils/product_screen_util";
import * as ReceiptScreen from "@point_of_sale/../tests/pos/tours/utils/receipt_screen_util";
import * as TextInputPopup from "@point_of_sale/../tests/generic_helpers/text_input_popup_util";
import * as PosSale from "@pos_sale/../tests/tours/utils/pos_sale_utils";
import { setOfflineMode, setOnlineMode } from "@point_of_sale/../tests/generic_helpers/offline_util";
import { registry } from "@web/core/registry";

/** Goods for the held customer, up to the choice of how they pay. */
function buyOnAccount() {
    return [
        Chrome.startPoS(),
        ProductScreen.clickDisplayedProduct("Goods", true, "1"),
        ProductScreen.clickPartnerButton(),
        ProductScreen.clickCustomer("Anna Adler"),
        ProductScreen.clickPayButton(),
        PaymentScreen.clickPaymentMethod("Customer Account"),
        PaymentScreen.clickValidate(),
    ];
}

registry.category("web_tour.tours").add("smart_dunning_pos_held", {
    steps: () =>
        [
            ...buyOnAccount(),
            Dialog.is({ title: "On hold" }),
            Dialog.bodyIs("cannot buy on account"),
            Dialog.confirm("Ok"),
            PaymentScreen.isShown(),
            setOfflineMode(),
            PaymentScreen.clickValidate(),
            Dialog.is({ title: "On account without a check?" }),
            setOnlineMode(),
            Dialog.confirm("Sell on account"),
            ReceiptScreen.isShown(),
            Chrome.isSynced(),
        ].flat(),
});

registry.category("web_tour.tours").add("smart_dunning_pos_release", {
    steps: () =>
        [
            ...buyOnAccount(),
            Dialog.is({ title: "On hold" }),
            Dialog.confirm("Release"),
            TextInputPopup.inputText("Old friend"),
            Dialog.confirm(),
            ReceiptScreen.isShown(),
            Chrome.isSynced(),
        ].flat(),
});

registry.category("web_tour.tours").add("smart_dunning_pos_settle", {
    steps: () =>
        [
            Chrome.startPoS(),
            PosSale.settleNthOrder(1),
            ProductScreen.clickPayButton(),
            PaymentScreen.clickPaymentMethod("Cash"),
            PaymentScreen.clickValidate(),
            ReceiptScreen.isShown(),
            Chrome.isSynced(),
        ].flat(),
});
