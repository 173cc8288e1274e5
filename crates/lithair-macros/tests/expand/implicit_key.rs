#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Note {
    text: String,
    r#type: Option<String>,
}

// becomes

const _: () = {
    use ::lithair_core::__private::declare as _m;
    use _m::NoBehaviour as _;
    #[automatically_derived]
    impl _m::Model for Note {
        type Key = _m::Uuid;
        const SCHEMA: &'static _m::ModelSchema = &_m::ModelSchema {
            name: "Note",
            table: "notes",
            path: "notes",
            fields: &[
                _m::field::<_m::Uuid>("id").auto(_m::Auto::Uuid7),
                _m::field::<String>("text"),
                _m::field::<Option<String>>("type"),
            ],
            key: &[0],
            commands: <Note>::LITHAIR_COMMANDS,
            hooks_before: <Note>::LITHAIR_HOOKS_BEFORE,
            hooks_after: <Note>::LITHAIR_HOOKS_AFTER,
            schedules: <Note>::LITHAIR_SCHEDULES,
            projection: <Note>::LITHAIR_PROJECTION,
            access: _m::AccessSchema::Public,
            .._m::ModelSchema::PLAIN
        };
        fn value(&self, field: usize) -> _m::Value {
            match field {
                1 => _m::FieldType::to_value(&self.text),
                2 => _m::FieldType::to_value(&self.r#type),
                _ => _m::Value::Null,
            }
        }
        fn from_values(values: ::std::vec::Vec<_m::Value>) -> _m::Fit<Self> {
            let mut values = _m::Values::after_key(values);
            ::core::result::Result::Ok(Self {
                text: values.take()?,
                r#type: values.take()?,
            })
        }
    }
};
