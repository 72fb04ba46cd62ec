import { registry } from "@web/core/registry";
import { X2ManyField, x2ManyField } from "@web/views/fields/x2many/x2many_field";

/**
 * A list inside a form whose rows open as full pages, with a pager through all of them, instead of
 * a dialog. `open_field` names a many2one to open instead of the row itself.
 */
export class DunningOpenList extends X2ManyField {
    static props = {
        ...X2ManyField.props,
        openField: { type: String, optional: true },
    };

    /** @override */
    async openRecord(record) {
        const target = this.props.openField && record.data[this.props.openField];
        const saved = await this.props.record.save();
        if (!saved) {
            return;
        }
        const field = this.props.openField && record.fields[this.props.openField];
        await this.action.doAction(
            {
                type: "ir.actions.act_window",
                res_model: field ? field.relation : record.resModel,
                res_id: field ? target?.id : record.resId,
                views: [[false, "form"]],
            },
            { props: { resIds: field ? [] : this.list.currentIds } }
        );
    }
}

registry.category("fields").add("dunning_open_list", {
    ...x2ManyField,
    component: DunningOpenList,
    extractProps: (fieldInfo, dynamicInfo) => ({
        ...x2ManyField.extractProps(fieldInfo, dynamicInfo),
        openField: fieldInfo.options.open_field,
    }),
});
