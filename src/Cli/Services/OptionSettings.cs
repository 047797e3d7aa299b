using System.CommandLine;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Scheduler.Hosting.Settings;

namespace Scheduler.Cli.Services;

/// <summary>
/// The flags of an options class: one for each property with a <see cref="SettingAttribute"/>, including nested options. Uncommon ones are
/// hidden from <c>--help</c>; <c>scheduler settings</c> shows all.
/// </summary>
/// <param name="source">The source of values.</param>
/// <param name="defaults">An object with the default values.</param>
/// <param name="include">Selects the properties; null for all.</param>
internal sealed class OptionSettings<T>(SettingSource source, T defaults, Func<PropertyInfo, bool>? include = null)
    where T : class
{
    private readonly IReadOnlyList<Bound> _settings = [.. Of(source, defaults, options => options, include)];

    public IEnumerable<Option> Options => _settings.Select(setting => setting.Option);

    public void AddTo(Command command)
    {
        foreach (var option in Options)
            command.Options.Add(option);
    }

    /// <summary>Sets the options of this object and of its nested options to the given values, or else to the defaults.</summary>
    public T Apply(ParseResult parsed, T options)
    {
        foreach (var setting in _settings)
            setting.Property.SetValue(setting.Holder(options), setting.Value(parsed));
        return options;
    }

    private static IEnumerable<Bound> Of(
        SettingSource source,
        object defaults,
        Func<object, object> holder,
        Func<PropertyInfo, bool>? include = null
    )
    {
        foreach (
            var property in defaults.GetType().GetProperties().Where(property => property.CanWrite && include?.Invoke(property) != false)
        )
        {
            var value = property.GetValue(defaults);
            if (property.GetCustomAttribute<SettingAttribute>() is { } setting)
            {
                var (option, read) = Flag(source, property, setting, value);
                option.Hidden = !setting.Common;
                yield return new Bound(option, property, holder, read);
            }
            else if (value is not null && HoldsSettings(property.PropertyType))
            {
                foreach (var inner in Of(source, value, options => property.GetValue(holder(options))!))
                    yield return inner;
            }
        }
    }

    private static bool HoldsSettings(Type type) =>
        type is { IsClass: true } && type.GetProperties().Any(property => property.IsDefined(typeof(SettingAttribute)));

    private static (Option Option, Func<ParseResult, object?> Value) Flag(
        SettingSource source,
        PropertyInfo property,
        SettingAttribute setting,
        object? value
    )
    {
        var (name, about) = ($"--{SettingAttribute.NameOf(property)}", setting.Description);
        var range = property.GetCustomAttribute<RangeAttribute>();
        switch (value)
        {
            case int number:
                var whole = source.Number(name, about, number, range);
                return (whole, parsed => parsed.GetValue(whole));
            case long number:
                var large = source.Number(name, about, number, range);
                return (large, parsed => parsed.GetValue(large));
            case double number:
                var real = source.Number(name, about, number, range);
                return (real, parsed => parsed.GetValue(real));
            case TimeSpan time:
                var duration = source.Duration(name, about, time, range);
                return (duration, parsed => parsed.GetValue(duration).Length);
            case bool isOn:
                var toggle = source.Switch(name, about, isOn);
                return (toggle, parsed => parsed.GetValue(toggle));
            case List<string> list:
                var texts = source.Texts(name, about, [.. list], setting.Value ?? "TEXT");
                return (texts, parsed => parsed.GetValue(texts)!.ToList());
            case Enum choice:
                var word = source.Choice(name, about, choice);
                return (word, parsed => SettingSource.ValueOf(choice.GetType(), parsed.GetValue(word)!));
            default:
                var initial = value is string { Length: > 0 } given ? given : null;
                var text = source.Text(name, about, initial, setting.Value ?? "TEXT");
                return (text, parsed => parsed.GetValue(text) is { Length: > 0 } chosen ? chosen : value);
        }
    }

    /// <param name="Holder">Returns the nested object of an options object that has the property.</param>
    private sealed record Bound(Option Option, PropertyInfo Property, Func<object, object> Holder, Func<ParseResult, object?> Value);
}
