package hooklatch.testing;

import static org.junit.jupiter.params.provider.EnumSource.Mode.EXCLUDE;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A test of a method with one parameter, the {@link Look}, in each of {@link Look#FOUR}. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest(name = "{0}")
@EnumSource(value = Look.class, mode = EXCLUDE, names = "WALL_LIGHT")
public @interface InEachLook {}
