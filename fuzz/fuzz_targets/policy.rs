#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| overrides_fuzz::policy(data));
