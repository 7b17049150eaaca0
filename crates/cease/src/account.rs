//! Who people are: sign-in, one-time codes, recovery, second factors, and the limits on guessing.
