#[derive(DeclarativeModel)]
#[permission(all = public)]
pub struct Article {
    pub title: String,
    #[relation(has_many = Comment, via = article_id)]
    pub comments: Many<Comment>,
    #[relation(has_one = Summary, via = article_id)]
    pub summary: One<Summary>,
    #[relation(many_to_many = Tag, through = ArticleTag)]
    #[http(rename = "labels")]
    pub tags: Many<Tag>,
    #[relation(many_to_many = Article, through = Citation, via = citing_id)]
    pub cites: Many<Article>,
}

// becomes

const _: () = {
    use ::lithair_core::__private::declare as _m;
    use _m::NoBehaviour as _;
    #[automatically_derived]
    impl _m::Model for Article {
        type Key = _m::Uuid;
        const SCHEMA: &'static _m::ModelSchema = &_m::ModelSchema {
            name: "Article",
            table: "articles",
            path: "articles",
            fields: &[
                _m::field::<_m::Uuid>("id").auto(_m::Auto::Uuid7),
                _m::field::<String>("title"),
            ],
            key: &[0],
            links: &[
                _m::has_many::<Comment>("comments", "article_id"),
                _m::has_one::<Summary>("summary", "article_id"),
                _m::many_to_many::<Tag, ArticleTag>("tags").wire("labels"),
                _m::many_to_many::<Article, Citation>("cites").by("citing_id"),
            ],
            commands: <Article>::LITHAIR_COMMANDS,
            hooks_before: <Article>::LITHAIR_HOOKS_BEFORE,
            hooks_after: <Article>::LITHAIR_HOOKS_AFTER,
            schedules: <Article>::LITHAIR_SCHEDULES,
            projection: <Article>::LITHAIR_PROJECTION,
            access: _m::AccessSchema::Public,
            .._m::ModelSchema::PLAIN
        };
        fn value(&self, field: usize) -> _m::Value {
            match field {
                1 => _m::FieldType::to_value(&self.title),
                _ => _m::Value::Null,
            }
        }
        fn from_values(values: ::std::vec::Vec<_m::Value>) -> _m::Fit<Self> {
            let mut values = _m::Values::after_key(values);
            ::core::result::Result::Ok(Self {
                title: values.take()?,
                comments: ::core::default::Default::default(),
                summary: ::core::default::Default::default(),
                tags: ::core::default::Default::default(),
                cites: ::core::default::Default::default(),
            })
        }
    }
    const _: fn(&Article) = |model| {
        let _: &_m::Many<Comment> = &model.comments;
        let _: &_m::One<Summary> = &model.summary;
        let _: &_m::Many<Tag> = &model.tags;
        let _: &_m::Many<Article> = &model.cites;
    };
};
