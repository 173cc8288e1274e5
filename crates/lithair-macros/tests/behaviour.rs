//! What the derives emit, used as `lithair-model` uses it.

mod behaviour {
    mod conversions;
    mod enums;
    mod models;
    mod schemas;
}
