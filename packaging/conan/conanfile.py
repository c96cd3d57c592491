"""The library for Conan 2, built from the source tree that this file stands in: conan create packaging/conan"""
import os
import re

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir


class SubprocConan(ConanFile):
    name = "subproc"
    description = "Child processes from C, the same way on Linux, macOS, BSD and Windows"
    license = "MIT"
    topics = ("process", "subprocess", "pipe", "spawn")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False]}
    default_options = {"shared": False, "fPIC": True}

    @property
    def tree(self):
        return os.path.join(self.recipe_folder, "..", "..")

    def set_version(self):
        text = load(self, os.path.join(self.tree, "CMakeLists.txt"))
        self.version = re.search(r"project\(subproc VERSION ([0-9.]+)", text).group(1)

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE", "CHANGELOG.md", "README.md", "cmake/*", "include/*", "src/*",
                        "packaging/debian/*"):
            copy(self, pattern, self.tree, self.export_sources_folder)

    def config_options(self):
        if self.settings.os == "Windows":
            del self.options.fPIC

    def configure(self):
        if self.options.shared:
            self.options.rm_safe("fPIC")
        # It is C alone.
        self.settings.rm_safe("compiler.cppstd")
        self.settings.rm_safe("compiler.libcxx")

    def layout(self):
        cmake_layout(self)

    def generate(self):
        toolchain = CMakeToolchain(self)
        for part in ("TESTS", "CLI", "EXAMPLES"):
            toolchain.cache_variables[f"SUBPROC_BUILD_{part}"] = False
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()
        # Conan's generators make these.
        rmdir(self, os.path.join(self.package_folder, "lib", "cmake"))
        rmdir(self, os.path.join(self.package_folder, "lib", "pkgconfig"))
        rmdir(self, os.path.join(self.package_folder, "share"))

    def package_info(self):
        self.cpp_info.libs = ["subproc"]
        self.cpp_info.set_property("cmake_file_name", "subproc")
        self.cpp_info.set_property("cmake_target_name", "subproc::subproc")
        self.cpp_info.set_property("pkg_config_name", "subproc")
        if not self.options.shared:
            self.cpp_info.defines = ["SUBPROC_STATIC"]
            if self.settings.os in ("Linux", "FreeBSD"):
                self.cpp_info.system_libs = ["pthread"]
            elif self.settings.os == "Macos":
                self.cpp_info.system_libs = ["iconv"]
