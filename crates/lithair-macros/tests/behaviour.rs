//! What the derives emit, used as `lithair-model` uses it.

mod behaviour {
    mod conversions;
    mod enums;
    mod every_rule;
    mod models;
    mod parameters;
    mod schemas;
}
