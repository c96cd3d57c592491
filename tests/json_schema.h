// Holds JSON against a JSON Schema: the keywords that docs/subproc.schema.json uses, and an error for any other.
#ifndef SUBPROC_TESTS_JSON_SCHEMA_H
#define SUBPROC_TESTS_JSON_SCHEMA_H

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>

#include "json_reader.h"

namespace json
{

class Schema
{
  public:
    explicit Schema(Value root) : root_(std::move(root)) {}

    // What is wrong with the value according to that definition; empty: nothing.
    std::string Complaint(const std::string &definition, const Value &value) const
    {
        return Check(root_["$defs"][definition], value, definition);
    }

    const Value &Root() const
    {
        return root_;
    }

  private:
    std::string Check(const Value &schema, const Value &value, const std::string &path) const
    {
        static const std::set<std::string> known = {
            "$schema",    "title",    "description",         "$defs", "$ref", "type", "enum", "items", "anyOf", "oneOf",
            "properties", "required", "additionalProperties"};
        for (const auto &[keyword, ignored] : schema.members) {
            if (!known.contains(keyword))
                throw std::runtime_error("no check for the keyword " + keyword);
        }
        for (auto check : {&Schema::CheckRef, &Schema::CheckType, &Schema::CheckEnum, &Schema::CheckChoices,
                           &Schema::CheckItems, &Schema::CheckRequired, &Schema::CheckProperties}) {
            std::string complaint = (this->*check)(schema, value, path);
            if (!complaint.empty())
                return complaint;
        }
        return "";
    }

    std::string CheckRef(const Value &schema, const Value &value, const std::string &path) const
    {
        static const std::string beginning = "#/$defs/";
        if (!schema.Has("$ref"))
            return "";
        const std::string &name = schema["$ref"].text;
        if (name.compare(0, beginning.size(), beginning) != 0)
            throw std::runtime_error("no such reference: " + name);
        return Check(root_["$defs"][name.substr(beginning.size())], value, path);
    }

    static std::string TypeOf(const Value &value)
    {
        switch (value.kind) {
        case Kind::kNull:
            return "null";
        case Kind::kBool:
            return "boolean";
        case Kind::kNumber:
            return "integer";
        case Kind::kString:
            return "string";
        case Kind::kArray:
            return "array";
        default:
            return "object";
        }
    }

    std::string CheckType(const Value &schema, const Value &value, const std::string &path) const
    {
        if (!schema.Has("type"))
            return "";
        const Value &type = schema["type"];
        bool fits = type.text == TypeOf(value);
        for (const Value &each : type.items)
            fits = fits || each.text == TypeOf(value);
        return fits ? "" : path + " is of the type " + TypeOf(value);
    }

    std::string CheckEnum(const Value &schema, const Value &value, const std::string &path) const
    {
        if (!schema.Has("enum"))
            return "";
        for (const Value &each : schema["enum"].items) {
            if (each.kind == value.kind && each.text == value.text && each.number == value.number)
                return "";
        }
        return path + " is none of the listed values: " + value.text;
    }

    std::string CheckChoices(const Value &schema, const Value &value, const std::string &path) const
    {
        for (const char *keyword : {"anyOf", "oneOf"}) {
            if (!schema.Has(keyword))
                continue;
            size_t fitting = 0;
            std::string complaints;
            for (const Value &each : schema[keyword].items) {
                std::string complaint = Check(each, value, path);
                fitting += complaint.empty() ? 1 : 0;
                complaints += " (" + complaint + ")";
            }
            if (fitting == 0 || (fitting > 1 && std::string(keyword) == "oneOf"))
                return path + " fits " + std::to_string(fitting) + " choices:" + complaints;
        }
        return "";
    }

    std::string CheckItems(const Value &schema, const Value &value, const std::string &path) const
    {
        for (size_t i = 0; schema.Has("items") && i < value.items.size(); i++) {
            std::string complaint = Check(schema["items"], value.items[i], path + "[" + std::to_string(i) + "]");
            if (!complaint.empty())
                return complaint;
        }
        return "";
    }

    std::string CheckRequired(const Value &schema, const Value &value, const std::string &path) const
    {
        if (!schema.Has("required") || value.kind != Kind::kObject)
            return "";
        for (const Value &name : schema["required"].items) {
            if (!value.Has(name.text))
                return path + " lacks " + name.text;
        }
        return "";
    }

    std::string CheckProperties(const Value &schema, const Value &value, const std::string &path) const
    {
        for (const auto &[name, member] : value.members) {
            bool is_named = schema.Has("properties") && schema["properties"].Has(name);
            if (!is_named && !schema.Has("additionalProperties"))
                continue;
            const Value &its = is_named ? schema["properties"][name] : schema["additionalProperties"];
            if (its.kind == Kind::kBool && !its.truth)
                return path + " has " + name + ", which is not described";
            std::string complaint = Check(its, member, path + "." + name);
            if (!complaint.empty())
                return complaint;
        }
        return "";
    }

    Value root_;
};

} // namespace json

#endif
