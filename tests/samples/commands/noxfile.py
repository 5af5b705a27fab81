import nox

nox.options.default_venv_backend = "uv"


@nox.session
def tests(session):
    session.install("--editable", ".", "coverage", "pytest")
    session.run("pytest", *session.posargs)


@nox.session
def without_coverage(session):
    session.install("--editable", ".", "pytest")
    session.run("pytest")


@nox.session
def old_coverage(session):
    session.install("--editable", ".", "pytest", "coverage==7.13.0")
    session.run("pytest")
