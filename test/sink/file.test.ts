import { sinkContract } from "./contract.ts";
import { openFolder } from "./file-place.ts";

sinkContract("a folder", openFolder);
