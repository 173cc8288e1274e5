#[derive(DeclarativeModel)]
#[permission(all = public)]
pub struct Ticket {
    #[db(primary_key, auto = sequence)]
    pub number: i64,
    #[db(index)]
    #[relation(belongs_to = Project, on_delete = cascade)]
    pub project_id: Id<Project>,
    #[db(default = Urgency::Normal)]
    #[http(filter)]
    pub urgency: Urgency,
    pub due: Option<Date>,
}

// becomes

const _: () = {
    use ::lithair_core::__private::declare as _m;
    use _m::NoBehaviour as _;
    #[automatically_derived]
    impl _m::Model for Ticket {
        type Key = i64;
        const SCHEMA: &'static _m::ModelSchema = &_m::ModelSchema {
            name: "Ticket",
            table: "tickets",
            path: "tickets",
            fields: &[
                _m::field::<i64>("number").auto(_m::Auto::Sequence),
                _m::field::<Id<Project>>("project_id"),
                _m::field::<Urgency>("urgency")
                    .default(_m::value(_m::variant("Normal")))
                    .filter(),
                _m::field::<Option<Date>>("due"),
            ],
            key: &[0],
            indexes: &[_m::index(&[_m::up(1)])],
            relations: &[
                _m::relation::<Project>("project", &[1], _m::OnDelete::Cascade),
            ],
            commands: <Ticket>::LITHAIR_COMMANDS,
            hooks_before: <Ticket>::LITHAIR_HOOKS_BEFORE,
            hooks_after: <Ticket>::LITHAIR_HOOKS_AFTER,
            schedules: <Ticket>::LITHAIR_SCHEDULES,
            projection: <Ticket>::LITHAIR_PROJECTION,
            access: _m::AccessSchema::Public,
            .._m::ModelSchema::PLAIN
        };
        fn value(&self, field: usize) -> _m::Value {
            match field {
                0 => _m::FieldType::to_value(&self.number),
                1 => _m::FieldType::to_value(&self.project_id),
                2 => _m::FieldType::to_value(&self.urgency),
                3 => _m::FieldType::to_value(&self.due),
                _ => _m::Value::Null,
            }
        }
        fn from_values(values: ::std::vec::Vec<_m::Value>) -> _m::Fit<Self> {
            let mut values = _m::Values::new(values);
            ::core::result::Result::Ok(Self {
                number: values.take()?,
                project_id: values.take()?,
                urgency: values.take()?,
                due: values.take()?,
            })
        }
    }
    const _: fn() = || {
        let _: Urgency = Urgency::Normal;
    };
};
