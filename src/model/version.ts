/** The package's version, as files, manifests and `application_name` state it. A test holds it equal to package.json's. */
export const VERSION = "0.1.0";
