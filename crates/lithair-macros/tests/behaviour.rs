//! What the derives emit, used as `lithair-model` uses it.

mod behaviour {
    mod models;
}
