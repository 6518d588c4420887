import assert from "node:assert/strict";
import { BronzeError, type ErrorCode } from "../../src/model/errors.ts";

/** For assert.rejects and assert.throws: the error's code, and whatever else is to hold. */
export function failsWith(code: ErrorCode, check: (error: BronzeError) => void = () => {}): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof BronzeError, String(error));
    assert.equal(error.code, code, String(error));
    check(error);
    return true;
  };
}
