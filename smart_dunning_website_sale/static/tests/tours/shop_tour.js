import { registry } from "@web/core/registry";
import * as tourUtils from "@website_sale/js/tours/tour_utils";

registry.category("web_tour.tours").add("smart_dunning_website_sale_held", {
    steps: () => [
        tourUtils.goToCheckout(),
        {
            content: "The message says what to do",
            trigger: ".o_dunning_shop_hold:contains(paid online now)",
        },
        {
            content: "No wire transfer is offered",
            trigger: "#o_payment_form:not(:has([data-payment-method-code=wire_transfer]))",
        },
        ...tourUtils.payWithDemo(),
    ],
});
