# Stands in for `image: python:$PYTHON_VERSION`: that Python, and its pip, are the first on PATH.
# Each bash reads this when it starts, by BASH_ENV.
if [ -n "${PYTHON_VERSION:-}" ] && [ "${IMAGE_OF_JOB:-}" != "$CI_JOB_ID" ]; then
  export IMAGE_OF_JOB="$CI_JOB_ID"
  uv venv --quiet --seed --python "python$PYTHON_VERSION" "$IMAGES/$CI_JOB_ID"
  export PATH="$IMAGES/$CI_JOB_ID/bin:$PATH"
  if [ -n "${IMAGE_PACKAGE:-}" ]; then pip install --quiet --no-deps "$IMAGE_PACKAGE"; fi
fi
