//! The codes of remarks, for scripts. `docs/remarks.md` has a section for each.

use super::Remark;

/// A remark's code. A code keeps its number and its meaning; the sentence behind it may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "docs/remarks.md says what each means")]
pub enum RemarkCode {
    NoOverride = 1,
    NotACarrier,
    CarrierOff,
    OtherPolicy,
    UnknownService,
    NotOnTheWay,
    UnknownVersion,
    AlreadyTaken,
    AnotherCameFirst,
    Unseen,
    NoRules,
    NotAsWritten,
    Shadowed,
    NoRouteForVersion,
    OnlyAShare,
    RepeatedHeader,
    GatewayHost,
    UnknownHost,
    AssumedAuthority,
    SeveralPorts,
    LeftOut,
    NoPods,
    ScaledToZero,
    NoSubset,
    NoPort,
    Spread,
    Headless,
    NotHere,
    EndpointsElsewhere,
    NotExported,
    Ignored,
    NotForThis,
    HalfQualified,
    Besides,
    DelegateMissing,
    DelegateConflict,
    GatewaysOnly,
    OtherRules,
    TwiceTheSame,
}

impl RemarkCode {
    /// All codes, in order.
    pub const ALL: [Self; 39] = [
        Self::NoOverride,
        Self::NotACarrier,
        Self::CarrierOff,
        Self::OtherPolicy,
        Self::UnknownService,
        Self::NotOnTheWay,
        Self::UnknownVersion,
        Self::AlreadyTaken,
        Self::AnotherCameFirst,
        Self::Unseen,
        Self::NoRules,
        Self::NotAsWritten,
        Self::Shadowed,
        Self::NoRouteForVersion,
        Self::OnlyAShare,
        Self::RepeatedHeader,
        Self::GatewayHost,
        Self::UnknownHost,
        Self::AssumedAuthority,
        Self::SeveralPorts,
        Self::LeftOut,
        Self::NoPods,
        Self::ScaledToZero,
        Self::NoSubset,
        Self::NoPort,
        Self::Spread,
        Self::Headless,
        Self::NotHere,
        Self::EndpointsElsewhere,
        Self::NotExported,
        Self::Ignored,
        Self::NotForThis,
        Self::HalfQualified,
        Self::Besides,
        Self::DelegateMissing,
        Self::DelegateConflict,
        Self::GatewaysOnly,
        Self::OtherRules,
        Self::TwiceTheSame,
    ];

    /// `EX07`.
    #[must_use]
    pub fn id(self) -> String {
        format!("EX{:02}", self as u8)
    }
}

impl Remark {
    /// The code of this remark.
    #[must_use]
    pub fn code(&self) -> RemarkCode {
        match self {
            Self::NoOverride { .. } => RemarkCode::NoOverride,
            Self::NotACarrier { .. } => RemarkCode::NotACarrier,
            Self::CarrierOff { .. } => RemarkCode::CarrierOff,
            Self::OtherPolicy { .. } => RemarkCode::OtherPolicy,
            Self::UnknownService { .. } => RemarkCode::UnknownService,
            Self::NotOnTheWay { .. } => RemarkCode::NotOnTheWay,
            Self::UnknownVersion { .. } => RemarkCode::UnknownVersion,
            Self::AlreadyTaken { .. } => RemarkCode::AlreadyTaken,
            Self::AnotherCameFirst { .. } => RemarkCode::AnotherCameFirst,
            Self::Unseen { .. } => RemarkCode::Unseen,
            Self::NoRules { .. } => RemarkCode::NoRules,
            Self::NotAsWritten { .. } => RemarkCode::NotAsWritten,
            Self::Shadowed { .. } => RemarkCode::Shadowed,
            Self::NoRouteForVersion { .. } => RemarkCode::NoRouteForVersion,
            Self::OnlyAShare { .. } => RemarkCode::OnlyAShare,
            Self::RepeatedHeader { .. } => RemarkCode::RepeatedHeader,
            Self::GatewayHost { .. } => RemarkCode::GatewayHost,
            Self::UnknownHost { .. } => RemarkCode::UnknownHost,
            Self::AssumedAuthority { .. } => RemarkCode::AssumedAuthority,
            Self::SeveralPorts { .. } => RemarkCode::SeveralPorts,
            Self::LeftOut { .. } => RemarkCode::LeftOut,
            Self::NoPods { .. } => RemarkCode::NoPods,
            Self::ScaledToZero { .. } => RemarkCode::ScaledToZero,
            Self::NoSubset { .. } => RemarkCode::NoSubset,
            Self::NoPort { .. } => RemarkCode::NoPort,
            Self::Spread { .. } => RemarkCode::Spread,
            Self::Headless { .. } => RemarkCode::Headless,
            Self::NotHere { .. } => RemarkCode::NotHere,
            Self::EndpointsElsewhere { .. } => RemarkCode::EndpointsElsewhere,
            Self::NotExported { .. } => RemarkCode::NotExported,
            Self::Ignored { .. } => RemarkCode::Ignored,
            Self::NotForThis { .. } => RemarkCode::NotForThis,
            Self::HalfQualified { .. } => RemarkCode::HalfQualified,
            Self::Besides { .. } => RemarkCode::Besides,
            Self::DelegateMissing { .. } => RemarkCode::DelegateMissing,
            Self::DelegateConflict { .. } => RemarkCode::DelegateConflict,
            Self::GatewaysOnly { .. } => RemarkCode::GatewaysOnly,
            Self::OtherRules { .. } => RemarkCode::OtherRules,
            Self::TwiceTheSame { .. } => RemarkCode::TwiceTheSame,
        }
    }
}
