"""Runs the recipe where there is no Conan: python3 packaging/conan/check.py WORK

What the recipe imports does here what Conan's manual says it does (https://docs.conan.io/2/reference.html), with this
system's CMake and compiler, once for the static library and once for the shared one.
"""
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import types

HERE = pathlib.Path(__file__).resolve().parent


class Fields(dict):
    """Settings and options: attributes that may be taken away."""
    __getattr__ = dict.__getitem__
    __delattr__ = dict.__delitem__

    def rm_safe(self, name):
        self.pop(name, None)


class ConanFile:
    def __init__(self, work, shared):
        self.settings = Fields(os="Linux")
        self.options = Fields(shared=shared, fPIC=True)
        self.recipe_folder = str(HERE)
        self.source_folder = self.export_sources_folder = str(work / "source")
        self.build_folder = str(work / "build")
        self.package_folder = str(work / "package")
        self.cpp_info = types.SimpleNamespace(defines=[], system_libs=[], set_property=lambda name, value: None)


class CMakeToolchain:
    def __init__(self, recipe):
        self.recipe = recipe
        self.cache_variables = {}

    def generate(self):
        self.recipe.toolchain = self.cache_variables


class CMake:
    def __init__(self, recipe):
        self.recipe = recipe

    def configure(self):
        variables = dict(self.recipe.toolchain, BUILD_SHARED_LIBS=self.recipe.options.shared,
                         CMAKE_POSITION_INDEPENDENT_CODE=self.recipe.options.get("fPIC", True))
        said = run("cmake", "-S", self.recipe.source_folder, "-B", self.recipe.build_folder, "-G", "Ninja",
                   "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_INSTALL_LIBDIR=lib",
                   *(f"-D{name}={'ON' if value else 'OFF'}" for name, value in variables.items()))
        assert "not used by the project" not in said, said

    def build(self):
        run("cmake", "--build", self.recipe.build_folder)

    def install(self):
        run("cmake", "--install", self.recipe.build_folder, "--prefix", self.recipe.package_folder)


def run(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options).stdout


def copy(_, pattern, source, target):
    source = pathlib.Path(source).resolve()
    for path in source.glob(pattern.replace("/*", "/**/*")):
        if path.is_file():
            place = pathlib.Path(target) / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, place)


def load_recipe():
    files = types.SimpleNamespace(copy=copy, load=lambda _, path: pathlib.Path(path).read_text(encoding="utf-8"),
                                  rmdir=lambda _, path: shutil.rmtree(path, ignore_errors=True))
    cmake = types.SimpleNamespace(CMake=CMake, CMakeToolchain=CMakeToolchain, cmake_layout=lambda recipe: None)
    sys.modules.update({"conan": types.SimpleNamespace(ConanFile=ConanFile), "conan.tools": types.SimpleNamespace(),
                        "conan.tools.cmake": cmake, "conan.tools.files": files})
    spec = importlib.util.spec_from_file_location("recipe", HERE / "conanfile.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SubprocConan


def create(recipe):
    recipe.set_version()
    recipe.export_sources()
    recipe.config_options()
    recipe.configure()
    recipe.layout()
    recipe.generate()
    recipe.build()
    recipe.package()
    recipe.package_info()


def use(recipe, program):
    package = pathlib.Path(recipe.package_folder)
    run("cc", "-std=c11", str(HERE / "test_package" / "example.c"), "-o", program, f"-I{package / 'include'}",
        f"-L{package / 'lib'}", *(f"-D{name}" for name in recipe.cpp_info.defines),
        *(f"-l{name}" for name in recipe.cpp_info.libs + recipe.cpp_info.system_libs))
    print(run(program, env=dict(os.environ, LD_LIBRARY_PATH=str(package / "lib"))), end="")


def main():
    work = pathlib.Path(sys.argv[1]).resolve()
    shutil.rmtree(work, ignore_errors=True)
    recipe_class = load_recipe()
    for kind in ("static", "shared"):
        recipe = recipe_class(work / kind, kind == "shared")
        create(recipe)
        use(recipe, str(work / kind / "example"))
        files = sorted(path.relative_to(recipe.package_folder).as_posix()
                       for path in pathlib.Path(recipe.package_folder).rglob("*") if not path.is_dir())
        print(kind, recipe.version, *files)
        assert "licenses/LICENSE" in files and not any(name.startswith(("share/", "lib/cmake")) for name in files)


main()
