import { imageFilesSuite } from "../../suites/image-files.ts";

imageFilesSuite("overlay");
imageFilesSuite("copy");
