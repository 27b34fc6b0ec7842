//! The codes: one per thing that can be found, stable for good.

use super::Severity;

impl Code {
    /// Whether the finding says that something was changed, which is untrue when nothing was written after all.
    #[must_use]
    pub fn tells_of_a_change(self) -> bool {
        matches!(self, Self::Labelled | Self::Removed | Self::Overwritten | Self::Merged)
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])+ $name:ident = $number:literal, $severity:ident;)+) => {
        /// What was found. The number is stable: scripts and documents may refer to it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$doc])+ $name,)+
        }

        impl Code {
            /// All codes, in order.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// `OV` and three digits.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self {
                    $(Self::$name => concat!("OV", $number),)+
                }
            }

            /// How bad it is, unless the policy says otherwise.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self {
                    $(Self::$name => Severity::$severity,)+
                }
            }
        }
    };
}

codes! {
    /// The input is empty, not UTF-8 or not YAML.
    Unreadable = "001", Error;
    /// A document of another kind than the one that is needed.
    WrongDocument = "002", Error;
    /// A mapping has the same key twice.
    DuplicateKey = "003", Error;
    /// Nested too deeply, or too large.
    BeyondLimits = "004", Error;
    /// A Service, workload or Istio object has no name.
    NoName = "005", Error;
    /// A field that is read has the wrong type.
    WrongType = "006", Error;
    /// Two Services of one name and namespace.
    DuplicateService = "007", Error;
    /// A folder holds a kustomization that `render` does not build.
    KustomizationPassedOver = "008", Warning;
    /// A Service has a name that Kubernetes does not allow, and that could mean something else in a rule.
    IllegalName = "009", Warning;

    /// The policy cannot be read: an unknown field, a wrong type, an impossible value.
    InvalidPolicy = "010", Error;
    /// The policy names a Service that is not in the input.
    PolicyServiceUnknown = "011", Error;
    /// The policy names a Service twice.
    PolicyServiceTwice = "012", Error;
    /// The policy names a Service that is in several namespaces.
    PolicyServiceAmbiguous = "013", Error;
    /// There is more than one policy.
    SeveralPolicies = "014", Error;
    /// An annotation that looks like this tool's and does not exist.
    UnknownAnnotation = "015", Warning;
    /// A split of a Service for which a rule of the user's, or another split, decides already.
    SplitConflict = "016", Error;
    /// launchpad's Workload says something that cannot be.
    WorkloadInvalid = "017", Error;
    /// launchpad's Workload names a Service that is not in the input.
    WorkloadServiceUnknown = "018", Error;
    /// A split of a Service that is passed over.
    SplitIdle = "019", Warning;

    /// No workload of the Service has a version.
    NoVersions = "020", Warning;
    /// Some workloads of the Service have a version and others have none.
    SomeUnversioned = "021", Error;
    /// A version is not a legal label value.
    IllegalVersion = "022", Error;
    /// A version is not text.
    VersionNotText = "023", Error;
    /// Workloads carry one version under different labels.
    VersionUnderTwoLabels = "024", Error;
    /// A version's label is also on workloads of another version.
    VersionsOverlap = "025", Error;
    /// The Service selects no workload of the input.
    NoWorkloads = "026", Warning;
    /// The selectors of workloads of one Service match each other's Pods.
    SelectorsOverlap = "027", Warning;
    /// An autoscaler or a disruption budget counts Pods of several versions.
    CountsVersions = "028", Warning;
    /// A workload has a version, and no Service of the input selects it.
    UnselectedWorkload = "029", Warning;

    /// Workloads were given a version label, and the Service is pinned to it.
    Labelled = "030", Warning;
    /// A workload that needs a version label cannot be given one.
    CannotLabel = "031", Error;
    /// Two Services want different versions for one workload.
    LabelConflict = "032", Error;
    /// With its new label a workload would be selected by a Service that does not select it now.
    LabelSelects = "033", Error;
    /// A workload without a version that must not be labelled: it could be new code, and would take baseline traffic.
    MustNotLabel = "034", Error;
    /// Two workloads of one kind, name and namespace.
    DuplicateWorkload = "035", Warning;

    /// Nothing says which version is the default.
    NoDefault = "040", Error;
    /// The default that is stated has no workload.
    DefaultUnknown = "041", Error;
    /// All workloads of a version are scaled to zero.
    ScaledToZero = "042", Warning;
    /// The default is another version than in the rules of an earlier run, and nobody said so.
    DefaultMoved = "043", Warning;
    /// The default that is stated for all Services is not among the versions of this one, and its only version takes its
    /// place.
    DefaultReplaced = "044", Warning;
    /// Workloads of several versions are marked or selected as the default.
    SeveralDefaults = "045", Error;
    /// The policy's `defaultSelector` selects no workload.
    DefaultSelectsNothing = "046", Warning;

    /// Passed over: the Service is an ExternalName.
    ExternalName = "050", Info;
    /// Passed over: the Service has no selector.
    NoSelector = "051", Info;
    /// Passed over: the API server's own Service.
    ApiServer = "052", Info;
    /// Passed over: the Service's own selector pins the version.
    SelectorPinsVersion = "053", Info;
    /// Passed over: the Service is headless.
    Headless = "054", Info;
    /// Passed over: one version, and no port that carries HTTP.
    SingleVersionWithoutHttp = "055", Info;
    /// Passed over: nothing but TLS ports.
    OnlyTlsPorts = "056", Info;
    /// Passed over: no TCP port at all.
    NoTcpPorts = "057", Info;
    /// Passed over: opted out.
    OptedOut = "058", Info;
    /// Passed over: one version, and the policy wants no rules for those.
    SingleVersionSkipped = "059", Info;

    /// A TLS port keeps spreading over all versions.
    TlsPort = "060", Warning;
    /// Another tool decides about the Service's traffic.
    ForeignOwner = "061", Warning;
    /// Another tool's route sends traffic to the Service, and cannot name a version.
    ForeignRoute = "062", Warning;
    /// The Service is in Istio's ambient mode.
    Ambient = "063", Warning;
    /// A port for which a rule of the user's has no route keeps spreading over all versions.
    UnruledPort = "064", Warning;
    /// Istio reads ports as TCP, so that no override reaches the versions there.
    TcpPort = "065", Warning;
    /// The rules are exported to some namespaces only, so that clients elsewhere see none.
    SeenBySome = "067", Warning;
    /// Requests without an override take the traffic policy of a subset of the user's.
    SubsetPolicy = "068", Warning;

    /// A DestinationRule for the Service is already there.
    DestinationRuleExists = "070", Warning;
    /// A VirtualService for the Service is already there.
    VirtualServiceExists = "071", Warning;
    /// A DestinationRule from further away covers the Service.
    DestinationRuleCovers = "072", Warning;
    /// A VirtualService for a wildcard host covers the Service.
    VirtualServiceCovers = "073", Warning;
    /// A DestinationRule in another namespace hides the Service's from its clients.
    DestinationRuleHides = "074", Warning;
    /// A rule routes to the Service without naming a version.
    RouteWithoutSubset = "075", Warning;
    /// An object of the user's has the name of a generated one.
    NameTaken = "076", Error;
    /// A rule says the name that the Service had before kustomize changed it.
    OldName = "077", Warning;
    /// A rule routes to a version that there is not.
    UnknownSubset = "078", Error;
    /// Nothing can be merged into a rule of the user's safely.
    CannotMerge = "079", Warning;

    /// A match would be longer than Istio accepts.
    RegexTooLong = "080", Warning;
    /// A generated object was removed.
    Removed = "081", Info;
    /// The input is written in a way in which a change cannot be made without changing something else.
    CannotEdit = "082", Error;
    /// What somebody added to a generated object is taken out.
    Overwritten = "083", Warning;
    /// Routes or subsets were added to a rule of the user's.
    Merged = "084", Info;
    /// A route of the user's was not cloned.
    NotCloned = "085", Warning;
    /// What an earlier run noted no longer fits the rule that it was noted on.
    NoteUnfit = "086", Warning;
    /// A Service would get more rules than a cluster can store.
    TooManyRules = "087", Warning;
    /// An object is too large for a client-side `kubectl apply`.
    TooLargeToApply = "088", Warning;
    /// An object would be larger than a cluster stores.
    TooLargeToStore = "089", Error;

    /// The port to be exposed cannot be told, or does not carry HTTP.
    ExposePort = "090", Error;
    /// Somebody else is reached by that host at that gateway.
    ExposeConflict = "091", Error;
    /// A gateway does not take requests for a host.
    HostNotAdmitted = "092", Error;
    /// A Gateway is not in the input.
    GatewayUnknown = "093", Info;
    /// What exposing a Service means for rules of the user's.
    Exposed = "094", Info;
    /// A Service that is passed over is not exposed.
    ExposedInVain = "095", Warning;
    /// An object of a kind that is not generated says that it was.
    LeftOver = "096", Warning;

    /// Text, or a document, is no Kubernetes object.
    NoObject = "100", Warning;
    /// A document of a kind that does not matter cannot be read, and was passed through.
    PassedThrough = "101", Warning;
    /// The header of a block scalar at the end of a file was changed.
    HeaderChanged = "102", Warning;
}
