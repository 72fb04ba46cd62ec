import { registry } from "@web/core/registry";
import { BadgeField, badgeField } from "@web/views/fields/badge/badge_field";

/** The number of the highest level that has a colour of its own. */
const HIGHEST = 6;

/** A dunning level as a badge, in the same colour wherever it is shown. */
export class DunningLevelBadge extends BadgeField {
    static props = {
        ...BadgeField.props,
        positionField: { type: String },
    };

    /** @override */
    get badgeClass() {
        const position = this.props.record.data[this.props.positionField] || 0;
        return `o_dunning_level o_dunning_level_${Math.min(Math.max(position, 0), HIGHEST)}`;
    }
}

const getPositionField = ({ options }) => options.position_field || "level_position";

registry.category("fields").add("dunning_level", {
    ...badgeField,
    component: DunningLevelBadge,
    supportedTypes: ["many2one"],
    fieldDependencies: (info) => [{ name: getPositionField(info), type: "integer" }],
    extractProps: (info) => ({
        ...badgeField.extractProps(info),
        positionField: getPositionField(info),
    }),
});
