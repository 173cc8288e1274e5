#[derive(DeclarativeModel)]
#[permission(all = public)]
pub struct Project {
    #[db(primary_key, auto = uuid7)]
    pub id: Uuid,
    #[db(unique)]
    #[http(validate(len(1..=80)), normalize(trim), filter, sort)]
    pub title: String,
    #[relation(has_many = Ticket, via = project_id)]
    pub tickets: Many<Ticket>,
}

// becomes

const _: () = {
    use ::lithair_core::__private::declare as _m;
    use _m::NoBehaviour as _;
    #[automatically_derived]
    impl _m::Model for Project {
        type Key = Uuid;
        const SCHEMA: &'static _m::ModelSchema = &_m::ModelSchema {
            name: "Project",
            table: "projects",
            path: "projects",
            fields: &[
                _m::field::<Uuid>("id").auto(_m::Auto::Uuid7),
                _m::field::<String>("title")
                    .filter()
                    .sort()
                    .rules(&[_m::length(1, 80)])
                    .normalizers(&[_m::Trim]),
            ],
            key: &[0],
            uniques: &[_m::unique(&[1])],
            links: &[_m::has_many::<Ticket>("tickets", "project_id")],
            commands: <Project>::LITHAIR_COMMANDS,
            hooks_before: <Project>::LITHAIR_HOOKS_BEFORE,
            hooks_after: <Project>::LITHAIR_HOOKS_AFTER,
            schedules: <Project>::LITHAIR_SCHEDULES,
            projection: <Project>::LITHAIR_PROJECTION,
            access: _m::AccessSchema::Public,
            .._m::ModelSchema::PLAIN
        };
        fn value(&self, field: usize) -> _m::Value {
            match field {
                0 => _m::FieldType::to_value(&self.id),
                1 => _m::FieldType::to_value(&self.title),
                _ => _m::Value::Null,
            }
        }
        fn from_values(values: ::std::vec::Vec<_m::Value>) -> _m::Fit<Self> {
            let mut values = _m::Values::new(values);
            ::core::result::Result::Ok(Self {
                id: values.take()?,
                title: values.take()?,
                tickets: ::core::default::Default::default(),
            })
        }
    }
    const _: fn(&Project) = |model| {
        let _: &_m::Many<Ticket> = &model.tickets;
    };
};
