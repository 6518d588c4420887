/** Name of the repository of images. Unique in its account and region. */
export const IMAGE_REPOSITORY = "pg-bronze";

/** Which images are deleted, as PutLifecyclePolicy takes it. */
export const REPOSITORY_LIFECYCLE = {
  rules: [
    expire(1, "Untagged images, after two weeks", {
      tagStatus: "untagged",
      countType: "sinceImagePushed",
      countUnit: "days",
      countNumber: 14,
    }),
    expire(2, "All but the last 30", { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 30 }),
  ],
};

function expire(rulePriority: number, description: string, selection: object) {
  return { rulePriority, description, selection, action: { type: "expire" } };
}
