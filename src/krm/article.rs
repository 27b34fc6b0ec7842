//! Kinds in sentences.

/// Letters whose names begin with a vowel: `an HTTPRoute`.
const SPOKEN_WITH_A_VOWEL: &str = "AEFHILMNORSX";

/// A kind with its article, as it is spoken: `a Service`, `an Ingress`, `an HTTPRoute`, `a UserPolicy`.
#[must_use]
pub fn with_article(kind: &str) -> String {
    let mut letters = kind.chars();
    let (first, second) = (letters.next().unwrap_or_default(), letters.next().unwrap_or_default());
    let is_spelt_out = first.is_ascii_uppercase() && second.is_ascii_uppercase();
    let takes_an = if is_spelt_out {
        SPOKEN_WITH_A_VOWEL.contains(first)
    } else {
        // `Us…` and `Uni…` are spoken as `you`.
        let is_you = first.eq_ignore_ascii_case(&'u') && (second == 's' || kind.get(1..3) == Some("ni"));
        "aeiou".contains(first.to_ascii_lowercase()) && !is_you
    };
    format!("{} {kind}", if takes_an { "an" } else { "a" })
}

#[cfg(test)]
mod tests {
    use super::with_article;

    #[test]
    fn a_kind_has_the_article_with_which_it_is_spoken() {
        for spoken in [
            "a Service",
            "an Overrides",
            "an Ingress",
            "an HTTPRoute",
            "a TLSRoute",
            "a UDPRoute",
            "a ConfigMap",
            "an EnvoyFilter",
            "a UserPolicy",
            "a Unit",
            "an Unknown",
            "a ",
            "a Éx",
        ] {
            let (_, kind) = spoken.split_once(' ').expect("two words");
            assert_eq!(with_article(kind), spoken);
        }
    }
}
